package query

import (
	"context"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/patchstream/patchstream/messages"
)

// JudgedPatch is a patch of which hosts that are judged by a baseline have something to say, and some of them: one for each version that is
// plainly installed, and one for each state in which it is otherwise.
type JudgedPatch struct {
	Patch string
	Hosts []string
}

// JudgedBy answers which patches the hosts know that are judged by a baseline as it is now, from one on by name, and at most so many. Retired
// hosts are left out, and those that are outdated.
func (x *Index) JudgedBy(ctx context.Context, baseline string, scope []string, from string, most int) (list []JudgedPatch, err error) {
	return list, x.read(ctx, func(s *snapshot) error {
		hosts := s.judgedBy(baseline, scope)
		for _, patch := range s.knownPatches(from) {
			if len(list) == most {
				break
			}
			numbers := s.speakers(patch, hosts)
			if len(numbers) == 0 {
				continue
			}
			one := JudgedPatch{Patch: patch}
			for _, number := range numbers {
				one.Hosts = append(one.Hosts, s.hosts[number].name)
			}
			list = append(list, one)
		}
		return nil
	})
}

// judgedBy is the hosts that are judged by a baseline.
func (s *snapshot) judgedBy(baseline string, scope []string) *roaring.Bitmap {
	hosts, are := roaring.New(), make(map[*common]bool)
	for number, e := range s.hosts {
		if e == nil || e.outdated {
			continue
		}
		is, known := are[e.common]
		if !known {
			is = e.status != messages.Retired && e.baseline.Value().ID == baseline && inScope(scope, e.group.Value())
			are[e.common] = is
		}
		if is {
			hosts.Add(uint32(number))
		}
	}
	return hosts
}

// knownPatches are those of which any host has something to say, from one on, by name.
func (s *snapshot) knownPatches(from string) []string {
	all := make(map[string]bool)
	for _, i := range s.items.all {
		if i.patch >= from {
			all[i.patch] = true
		}
	}
	for _, first := range s.have.named {
		for p := first; p != nil; p = p.next {
			if p.patch >= from {
				all[p.patch] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// speakers are one of some hosts for each thing that they say of a patch. A host that says more of it than that it is installed is none that speaks
// for a version: others have the same one, of which the baseline may make something else there.
func (s *snapshot) speakers(patch string, hosts *roaring.Bitmap) (numbers []uint32) {
	plain := hosts.Clone()
	for i, of := range s.items.named(patch) {
		if i.patch != patch {
			continue
		}
		if number, has := of.first(hosts); has {
			numbers = append(numbers, number)
			plain.AndNot(of.bitmap())
		}
	}
	for _, of := range s.have.called(patch) {
		if of.patch != patch {
			continue
		}
		for _, at := range of.versions {
			if number, has := s.have.list[at].hosts.first(plain); has {
				numbers = append(numbers, number)
			}
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

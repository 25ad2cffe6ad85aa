package query

import (
	"context"
	"maps"
	"slices"
	"unique"

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
		j := s.judgedBy(baseline, scope)
		patches := j.patches(from, most)
		saying := j.saying(patches)
		for _, patch := range patches {
			numbers := append(j.said[patch], s.have.holders(patch, roaring.AndNot(j.hosts, saying[patch]))...)
			slices.Sort(numbers)
			one := JudgedPatch{Patch: patch}
			for _, number := range slices.Compact(numbers) {
				one.Hosts = append(one.Hosts, s.hosts[number].name)
			}
			list = append(list, one)
		}
		return nil
	})
}

// judged is the hosts that are judged by a baseline, and, for each patch of which they say more than that it is installed, one of those that
// say the same.
type judged struct {
	*snapshot
	hosts *roaring.Bitmap
	items map[unique.Handle[item]]uint32
	said  map[string][]uint32
}

func (s *snapshot) judgedBy(baseline string, scope []string) *judged {
	j := &judged{s, roaring.New(), make(map[unique.Handle[item]]uint32), make(map[string][]uint32)}
	for number, e := range s.hosts {
		if e == nil || e.outdated || e.status == messages.Retired || e.baseline.Value().ID != baseline || !inScope(scope, e.group.Value()) {
			continue
		}
		j.hosts.Add(uint32(number))
	}
	for handle, p := range s.table.items.of {
		if some := roaring.And(p.hosts.bitmap(), j.hosts); !some.IsEmpty() {
			j.items[handle] = some.Minimum()
		}
	}
	for handle, number := range j.items {
		patch := handle.Value().patch
		j.said[patch] = append(j.said[patch], number)
	}
	return j
}

// patches are those that the hosts know, from one on.
func (j *judged) patches(from string, most int) (patches []string) {
	all := make(map[string]bool, len(j.said))
	for patch := range j.said {
		all[patch] = patch >= from
	}
	for _, first := range j.have.named {
		for p := first; p != nil; p = p.next {
			all[p.patch] = p.patch >= from
		}
	}
	maps.DeleteFunc(all, func(_ string, asked bool) bool { return !asked })
	for _, patch := range slices.Sorted(maps.Keys(all)) {
		if len(patches) == most {
			break
		}
		if len(j.said[patch]) > 0 || len(j.have.holders(patch, j.hosts)) > 0 {
			patches = append(patches, patch)
		}
	}
	return patches
}

// saying are, for each of some patches, the hosts that say more than that it is installed: others have the same version, of which the
// baseline may make something else there.
func (j *judged) saying(patches []string) map[string]*roaring.Bitmap {
	saying := make(map[string]*roaring.Bitmap, len(patches))
	for _, patch := range patches {
		saying[patch] = roaring.New()
	}
	for handle := range j.items {
		if hosts := saying[handle.Value().patch]; hosts != nil {
			hosts.Or(roaring.And(j.table.items.of[handle].hosts.bitmap(), j.hosts))
		}
	}
	return saying
}

// holders are, for each version of a patch, one of some hosts that have it installed.
func (p *postings) holders(patch string, among *roaring.Bitmap) (numbers []uint32) {
	for _, of := range p.called(patch) {
		if of.patch != patch {
			continue
		}
		for _, at := range of.versions {
			if number, has := p.list[at].hosts.first(among); has {
				numbers = append(numbers, number)
			}
		}
	}
	return numbers
}

package rpm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// noticeTable has the notices of all trusted repositories, each id once, and what they list.
type noticeTable struct {
	at    map[string]*notice // by id
	lists map[nameArch][]reference
}

// reference is a notice's mention of a version of a package.
type reference struct {
	evr, stream, id string
	reboot          bool
}

func newNoticeTable() *noticeTable {
	return &noticeTable{map[string]*notice{}, map[nameArch][]reference{}}
}

// add takes over the notices of one repository. Two of one id, as of one erratum in two repositories, are one that lists what
// both list; where they differ, the one of security stands, and of two alike the newer. It returns which differ.
func (t *noticeTable) add(notices []notice) (notes []string) {
	for i := range notices {
		n := &notices[i]
		switch known := t.at[n.ID]; {
		case known == nil:
			t.at[n.ID] = n
		default:
			if !strings.EqualFold(known.Type, n.Type) || !strings.EqualFold(known.Severity, n.Severity) {
				notes = append(notes, fmt.Sprintf("two notices are called %.64s: one is %.40q %.40q, the other %.40q %.40q", n.ID, known.Type, known.Severity, n.Type, n.Severity))
			}
			t.at[n.ID] = stronger(known, n)
		}
		for _, l := range n.lists {
			t.lists[l.nameArch] = append(t.lists[l.nameArch], reference{l.evr, l.stream, n.ID, l.reboot})
		}
	}
	return notes
}

func stronger(a, b *notice) *notice {
	security := func(n *notice) int {
		if strings.EqualFold(n.Type, "security") {
			return 1
		}
		return 0
	}
	changed := func(n *notice) int64 { return later(n.IssuedAt, n.UpdatedAt).Unix() }
	if cmp.Or(cmp.Compare(security(b), security(a)), cmp.Compare(changed(b), changed(a))) > 0 {
		return b
	}
	return a
}

// fill writes the notices of a package and of its versions into it, and their ids into used. A package's own are those that
// list a version of it at the installed one or below; those of another module stream say nothing of it.
func (t *noticeTable) fill(p *messages.Package, used map[string]bool) {
	take := func(into *[]string, id string) {
		if !slices.Contains(*into, id) {
			*into = append(*into, id)
			used[id] = true
		}
	}
	for _, r := range t.lists[nameArch{p.Name, p.Arch}] {
		if r.stream != "" && r.stream != streamOf(p.Module) {
			continue
		}
		if version.ValidRPM(r.evr) == nil && version.ValidRPM(*p.Installed) == nil && version.CompareRPM(r.evr, *p.Installed) <= 0 {
			take(&p.Advisories, r.id)
		}
	}
	slices.Sort(p.Advisories)
	for i := range p.Versions {
		v := &p.Versions[i]
		for _, r := range t.lists[nameArch{p.Name, cmp.Or(v.Arch, p.Arch)}] {
			if r.evr == v.Version {
				take(&v.Advisories, r.id)
			}
		}
		slices.Sort(v.Advisories)
	}
}

// streamOf returns the stream in a module label: nginx:1.22 of nginx:1.22:9020020230501:rhel9.
func streamOf(label string) string {
	parts := strings.SplitN(label, ":", 3)
	return strings.Join(parts[:min(len(parts), 2)], ":")
}

// used returns the notices that are referred to, by their ids.
func (t *noticeTable) used(ids map[string]bool) []messages.Advisory {
	var list []messages.Advisory
	for id := range ids {
		list = append(list, t.at[id].Advisory)
	}
	slices.SortFunc(list, func(a, b messages.Advisory) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// asksReboot tells whether a notice of that version asks for a boot.
func (t *noticeTable) asksReboot(key nameArch, evr string) bool {
	return slices.ContainsFunc(t.lists[key], func(r reference) bool { return r.reboot && r.evr == evr })
}

package messages

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/patchstream/patchstream/messages/wire"
)

// keepsAs reports whether an ordinary scan keeps the contract, given that an earlier one does and how their lists differ. It does as
// [Scan.Validate] for what came, and for what elements that stayed say of others. Where it says false, nobody knows yet.
func (o *OpenedScan) keepsAs(earlier *OpenedScan, c *ListChanges, n noticeChanges) bool {
	s, before := o.Scan, earlier.Scan
	if s.OS.System != before.OS.System || len(s.Origins) < len(before.Origins) {
		return false // a package that stayed may be wrong by that
	}
	var check checker
	check.enter()
	for i := range c.Came {
		check.pkg(&c.Came[i], len(s.Origins))
		check.state(&c.Came[i], &s.OS)
	}
	for i := range n.came {
		check.advisory(&n.came[i])
	}
	return check.err == nil && o.listsOnce(c) && o.listsAnInstalled(c) && o.namesOnce(n) && o.refersRightly(earlier, c, n)
}

// listsOnce reports whether no package is listed twice. Of those that stayed none is. One that came is looked for among the others that
// came, and among those that stayed, unless a package of its key went: then none of those has it.
func (o *OpenedScan) listsOnce(c *ListChanges) bool {
	type key struct{ name, arch string }
	keyOf := func(p *Package) key {
		if o.Scan.OS.namesAlone() {
			return key{name: p.Name}
		}
		return key{p.Name, p.Arch}
	}
	came, unseen := make(map[key]bool, len(c.Came)), make(map[key]bool)
	for i := range c.Came {
		k := keyOf(&c.Came[i])
		if came[k] {
			return false
		}
		came[k], unseen[k] = true, true
	}
	for i := range c.Gone {
		delete(unseen, keyOf(&c.Gone[i]))
	}
	if len(unseen) == 0 {
		return true
	}
	for i, was := range c.Was {
		if was >= 0 && unseen[keyOf(&o.Scan.Packages[i])] {
			return false
		}
	}
	return true
}

// listsAnInstalled reports whether some package is installed, if the system asks for one.
func (o *OpenedScan) listsAnInstalled(c *ListChanges) bool {
	if o.Scan.OS.namesAlone() {
		return true
	}
	for i := range c.Came {
		if _, installed := c.Came[i].InstalledVersion(); installed {
			return true
		}
	}
	for i, was := range c.Was {
		if was < 0 {
			continue
		}
		p, err := wire.ReadElements(&o.lists.packages, []int{i}, packageFields)
		if err != nil {
			return false
		}
		if _, installed := p[0].InstalledVersion(); installed {
			return true
		}
	}
	return false
}

// namesOnce is listsOnce for advisories.
func (o *OpenedScan) namesOnce(n noticeChanges) bool {
	came, unseen := make(map[string]bool, len(n.came)), make(map[string]bool)
	for i := range n.came {
		id := n.came[i].ID
		if came[id] {
			return false
		}
		came[id], unseen[id] = true, true
	}
	for i := range n.gone {
		delete(unseen, n.gone[i].ID)
	}
	if len(unseen) == 0 {
		return true
	}
	for i := range o.lists.advisories.Len() {
		if _, isNew := slices.BinarySearch(n.added, i); isNew {
			continue
		}
		if id, _ := advisoryID(o.lists.advisories.At(i)); unseen[string(id)] {
			return false
		}
	}
	return true
}

// refersRightly reports whether packages refer only to advisories that are there. Of those that stayed only an advisory that is gone can be
// missing.
func (o *OpenedScan) refersRightly(earlier *OpenedScan, c *ListChanges, n noticeChanges) bool {
	if !o.checksReferences() {
		return true
	}
	if !earlier.checksReferences() {
		return false
	}
	gone := n.goneForGood()
	if len(gone) == 0 && !slices.ContainsFunc(c.Came, refers) {
		return true
	}
	known := make(map[string]bool, o.lists.advisories.Len())
	for i := range o.lists.advisories.Len() {
		id, _ := advisoryID(o.lists.advisories.At(i))
		known[string(id)] = true
	}
	at, ok := o.perhapsReferring(gone, c.Was)
	if !ok {
		return false
	}
	stayed, err := wire.ReadElements(&o.lists.packages, at, packageFields)
	if err != nil {
		return false
	}
	var check checker
	check.enter()
	check.references(c.Came, known)
	check.references(stayed, known)
	return check.err == nil
}

// checksReferences reports whether references to advisories are checked in the scan.
func (o *OpenedScan) checksReferences() bool {
	return referencesCount(&o.Scan.OS, o.lists.advisories.Len())
}

func refers(p Package) bool {
	return len(p.Advisories) > 0 || slices.ContainsFunc(p.Versions, func(v Version) bool { return len(v.Advisories) > 0 })
}

// goneForGood returns the ids of the advisories that went and did not only change.
func (n noticeChanges) goneForGood() []string {
	came := make(map[string]bool, len(n.came))
	for i := range n.came {
		came[n.came[i].ID] = true
	}
	var ids []string
	for i := range n.gone {
		if id := n.gone[i].ID; !came[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// maxSought bounds for how many ids the packages are searched.
const maxSought = 16

// perhapsReferring returns the positions of the packages that stayed and have one of the ids somewhere in their bytes. ok is false where too
// many are sought, or one may stand there in other bytes.
func (o *OpenedScan) perhapsReferring(ids []string, was []int) (at []int, ok bool) {
	if len(ids) > maxSought {
		return nil, false
	}
	for _, id := range ids {
		if strings.ContainsRune(id, utf8.RuneError) {
			return nil, false
		}
		if !bytes.Contains(o.lists.packages.Bytes(), []byte(id)) {
			continue
		}
		for i := range was {
			if was[i] >= 0 && bytes.Contains(o.lists.packages.At(i), []byte(id)) {
				at = append(at, i)
			}
		}
	}
	return at, true
}

package messages

import "github.com/patchstream/patchstream/messages/wire"

// ListChanges is how what a full scan lists differs from what an earlier one listed. What is not in it is listed in both, in
// the same bytes.
type ListChanges struct {
	Gone   []Package // of the earlier scan
	GoneAt []int     // their positions there
	Came   []Package // of the later scan. A package that changed is in both
	Added  []int     // their positions there

	// Was says of each package of the later scan at which position the earlier one lists it, in the same bytes; -1: it does not.
	Was []int

	// Notices are the ids of advisories that came, went or changed. Where there is any, Advisories is all that the earlier scan had.
	Notices    map[string]bool
	Advisories []Advisory
}

// Compare returns how the lists of the scan differ from those of an earlier full one, which was taken before; nil if the two cannot be
// compared. It also checks all of the scan: what both list in the same bytes was checked when the earlier one was taken. If that does not
// tell whether the scan keeps the contract, everything is read and checked, as by [OpenedScan.Packages].
//
// Unless the scan is Whole afterwards, Scan lists each package by name and architecture alone, but whole those that came and those that
// refer to an advisory that came, went or changed. [OpenedScan.Read] reads others.
func (o *OpenedScan) Compare(earlier *OpenedScan) (*ListChanges, error) {
	if o.lists == nil || earlier.lists == nil {
		return nil, o.check()
	}
	c, notices, err := compareLists(earlier.lists, o.lists)
	if err != nil { // of the later, which is refused in better words, or of the earlier, which is not what was taken
		return nil, o.check()
	}
	if !o.kept {
		o.kept = o.ordinary() && o.keepsAs(earlier, c, notices)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	return c, o.outline(c)
}

// check is Packages if the scan is not known yet to keep the contract.
func (o *OpenedScan) check() error {
	if o.kept {
		return nil
	}
	return o.Packages()
}

// noticeChanges are the advisories that went and that came, and the positions of those that came. One that changed is among both.
type noticeChanges struct {
	gone, came []Advisory
	added      []int
}

func compareLists(before, now *lists) (c *ListChanges, n noticeChanges, err error) {
	c = new(ListChanges)
	c.Was, c.GoneAt, c.Added = differing(&before.packages, &now.packages)
	if c.Gone, err = wire.ReadElements(&before.packages, c.GoneAt, packageFields); err != nil {
		return nil, n, err
	}
	if c.Came, err = wire.ReadElements(&now.packages, c.Added, packageFields); err != nil {
		return nil, n, err
	}
	var goneAt []int
	_, goneAt, n.added = differing(&before.advisories, &now.advisories)
	if n.gone, err = wire.ReadElements(&before.advisories, goneAt, advisoryFields); err != nil {
		return nil, n, err
	}
	if n.came, err = wire.ReadElements(&now.advisories, n.added, advisoryFields); err != nil {
		return nil, n, err
	}
	if len(n.gone)+len(n.came) == 0 {
		return c, n, nil
	}
	c.Notices = make(map[string]bool, len(n.gone)+len(n.came))
	for _, list := range [][]Advisory{n.gone, n.came} {
		for i := range list {
			c.Notices[list[i].ID] = true
		}
	}
	c.Advisories, err = wire.ReadElements(&before.advisories, positions(before.advisories.Len()), advisoryFields)
	return c, n, err
}

func positions(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

package query

import (
	"cmp"
	"context"
	"slices"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// GroupView is a patch group on one operating system.
type GroupView struct {
	Group         string `json:"group"` // empty: hosts that are in none
	OS            string `json:"os"`    // empty: not known yet
	Hosts         int    `json:"hosts"` // that are not retired
	SetByOperator int    `json:"set_by_operator"`
	NeverHeard    int    `json:"never_heard"` // put into it, and no event of them was ever taken
	Baseline      string `json:"baseline"`    // id of what applies; empty: none does
	Bound         bool   `json:"bound"`       // to the group; false: it is the default
}

// Groups returns the patch groups, by name and operating system: those that hosts are in and those to which a baseline is
// bound. It says what applies by now, also to hosts that were not looked at since.
func (f *Fleet) Groups(ctx context.Context) ([]GroupView, error) {
	heard := make(map[string]bool)
	c := newGroupCount(f.library, func(host string) bool { return heard[host] })
	err := f.All(ctx, func(h *Host) error {
		heard[h.Report.Host] = true
		c.add(h.Report.Host, h.Report.About.OS.System, h.Report.About.TagGroup, h.Report.Status)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.views(), nil
}

// GroupsAnswer are the patch groups of a fleet.
type GroupsAnswer struct {
	AsOf   AsOf
	Groups []GroupView
}

// Groups answers with the patch groups that scope may see, as [Fleet.Groups] does.
func (x *Index) Groups(ctx context.Context, scope []string) (*GroupsAnswer, error) {
	answer := new(GroupsAnswer)
	return answer, x.read(ctx, func(s *snapshot) error {
		c := newGroupCount(s.library, func(host string) bool { return s.get(host) != nil })
		s.each(nil, func(e *entry) {
			if inScope(scope, e.group.Value()) {
				c.add(e.name, e.os.Value().System, e.tagGroup.Value(), e.status)
			}
		})
		answer.AsOf = s.asOf
		answer.Groups = slices.DeleteFunc(c.views(), func(v GroupView) bool { return !inScope(scope, v.Group) })
		return nil
	})
}

func newGroupCount(l *classify.Library, heard func(host string) bool) *groupCount {
	return &groupCount{library: l, groups: make(map[classify.GroupKey]*GroupView), heard: heard}
}

type groupCount struct {
	library *classify.Library
	groups  map[classify.GroupKey]*GroupView
	heard   func(host string) bool // whether an event of it was ever taken
}

func (c *groupCount) of(system, group string) *GroupView {
	key := classify.GroupKey{System: system, Group: group}
	v := c.groups[key]
	if v == nil {
		v = &GroupView{Group: group, OS: system}
		v.Baseline, v.Bound = applies(c.library, key)
		c.groups[key] = v
	}
	return v
}

func (c *groupCount) add(host, system, tagGroup string, status messages.HostStatus) {
	if status == messages.Retired {
		return
	}
	v := c.of(system, cmp.Or(c.library.HostGroups[host], tagGroup))
	v.Hosts++
	if c.library.HostGroups[host] != "" {
		v.SetByOperator++
	}
}

func (c *groupCount) views() []GroupView {
	for key := range c.library.Groups {
		c.of(key.System, key.Group)
	}
	for host, group := range c.library.HostGroups {
		if !c.heard(host) {
			c.of("", group).NeverHeard++
		}
	}
	views := make([]GroupView, 0, len(c.groups))
	for _, v := range c.groups {
		views = append(views, *v)
	}
	slices.SortFunc(views, func(a, b GroupView) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.OS, b.OS))
	})
	return views
}

func applies(l *classify.Library, key classify.GroupKey) (id string, bound bool) {
	if id, bound = l.Groups[key]; bound && key.Group != "" {
		return id, true
	}
	if id, set := l.Defaults[key.System]; set {
		return id, false
	}
	if b := baseline.Default(key.System); b != nil {
		return b.Name, false
	}
	return "", false
}

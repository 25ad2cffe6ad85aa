package classify

import "maps"

// sharedMaps are those maps of facts that others look at too: they are copied before they change.
type sharedMaps struct{ outcomes, overrides, machines bool }

// Fork returns the facts as they are, whatever is added to f afterwards.
func (f *Facts) Fork() *Facts {
	f.shared = sharedMaps{true, true, true}
	before := *f
	return &before
}

// ownOutcomes makes sure that the outcomes are the facts' own and may be changed.
func (f *Facts) ownOutcomes() {
	own(&f.Outcomes, &f.shared.outcomes)
}

// ownOverrides is ownOutcomes for the overrides.
func (f *Facts) ownOverrides() { own(&f.Overrides, &f.shared.overrides) }

// ownMachines is ownOutcomes for the machines.
func (f *Facts) ownMachines() { own(&f.Machines, &f.shared.machines) }

func own[K comparable, V any](m *map[K]V, shared *bool) {
	switch {
	case *m == nil:
		*m = make(map[K]V)
	case *shared:
		*m = maps.Clone(*m)
	}
	*shared = false
}

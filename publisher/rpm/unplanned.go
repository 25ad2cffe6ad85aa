package rpm

import "context"

// unplanned asks for newer versions of what is in the scope.
func (h *system) unplanned(ctx context.Context, s scope, installed *inventory) (unplanned, error) {
	m, err := h.manager(ctx, installed)
	if err != nil {
		return unplanned{}, err
	}
	l := newerLists{carried: map[nameArch]string{}, wanted: map[nevra]bool{}}
	if err := m.offers(ctx, func(o offer) { l.carry(o, s, installed) }); err != nil {
		return unplanned{}, err
	}
	if err := m.wanted(ctx, func(o offer) { l.wanted[nevra{o.nameArch, o.evr}] = true }); err != nil {
		return unplanned{}, err
	}
	opinions, err := m.opinions(ctx)
	if err != nil {
		return unplanned{}, err
	}
	return l.sort(s, opinions), nil
}

// newerLists are the newest versions that the repositories carry above the installed ones, and all those that the
// configuration does not keep out.
type newerLists struct {
	carried map[nameArch]string
	wanted  map[nevra]bool
}

// carry takes a version of a package in the scope, if it is newer than the one that is installed.
func (l *newerLists) carry(o offer, s scope, installed *inventory) {
	id := installed.replaced(o.nameArch)
	all := installed.packages[id]
	if len(all) == 0 || !s.holds(id) || compareNewest(o.evr, all[0].evr) >= 0 {
		return
	}
	if old := l.carried[o.nameArch]; old == "" || compareNewest(o.evr, old) < 0 {
		l.carried[o.nameArch] = o.evr
	}
}

// sort says of each of them whether it would be taken, and if not what keeps it out. What the manager leaves for another
// reason, the plan says.
func (l *newerLists) sort(s scope, o *opinions) unplanned {
	u := unplanned{candidates: map[nameArch]string{}, barred: map[nameArch]bar{}}
	for id, evr := range l.carried {
		switch candidate := o.candidates[id]; {
		case candidate != "":
			u.candidates[id] = candidate
		case o.holds(id.name):
			u.barred[id] = bar{evr, reasonHeld}
		case !l.wanted[nevra{id, evr}]:
			u.barred[id] = bar{evr, reasonExcluded}
		}
	}
	return u
}

// replaced returns the installed package that a version under that name and architecture would replace.
func (i *inventory) replaced(id nameArch) nameArch {
	if len(i.packages[id]) > 0 {
		return id
	}
	for other := range i.packages {
		if other.name == id.name && standsIn(other.arch, id.arch) {
			return other
		}
	}
	return id
}

package rpm

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// decider has the evidence by package.
type decider struct {
	*evidence
	steps     map[nameArch]*host.Step
	unplanned unplanned
	troubles  map[nameArch]*trouble
	reasons   map[nameArch]string // of what the plan leaves
	touched   map[nameArch]string // versions that were set about
	first     *trouble            // of all that stop a run
	refused   bool                // nothing has changed, and the command did not do what it was told
}

func newDecider(e *evidence) *decider {
	d := &decider{
		evidence: e, steps: map[nameArch]*host.Step{}, troubles: map[nameArch]*trouble{}, reasons: map[nameArch]string{},
		touched: map[nameArch]string{},
	}
	if e.plan != nil {
		d.learn(e.plan.Steps)
	}
	d.refused = !e.good && e.before.sameVersions(e.after)
	d.unplanned = e.unplanned.of(d.installedAs)
	d.blame()
	for _, n := range e.said.touched {
		if !e.before.has(n) {
			d.touched[d.installedAs(n.nameArch)] = n.evr
		}
	}
	d.foresee()
	return d
}

// learn gives each step to the package that it is about. One that is meant by its own name and architecture comes before one
// that another stands in for.
func (d *decider) learn(steps []host.Step) {
	steps = slices.SortedFunc(slices.Values(steps), func(a, b host.Step) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Arch, b.Arch))
	})
	for _, itself := range []bool{true, false} {
		for i := range steps {
			id := nameArch{steps[i].Name, steps[i].Arch}
			if as := d.installedAs(id); (as == id) == itself && d.steps[as] == nil {
				d.steps[as] = &steps[i]
			}
		}
	}
}

// installedAs returns the package that a version under a name and architecture replaces: itself, or the one of another
// architecture that it stands in for, unless it got in.
func (d *decider) installedAs(id nameArch) nameArch {
	if len(d.before.packages[id]) > 0 || len(d.after.packages[id]) > 0 {
		return id
	}
	if other, ok := d.counterpart(id); ok {
		return other
	}
	return id
}

// counterpart returns the installed package that one of another architecture stands in for.
func (d *decider) counterpart(id nameArch) (nameArch, bool) {
	var found []nameArch
	for other := range d.before.packages {
		if other.name == id.name && standsIn(other.arch, id.arch) {
			found = append(found, other)
		}
	}
	if len(found) != 1 {
		return nameArch{}, false
	}
	return found[0], true
}

// blame gives each package the trouble that says most, the first of several.
func (d *decider) blame() {
	var order []nameArch
	for i := range d.said.troubles {
		t := d.said.troubles[i]
		if t.arch == "" && !d.resolve(&t) {
			continue
		}
		t.nameArch = d.installedAs(t.nameArch)
		order = append(order, t.nameArch)
		if old := d.troubles[t.nameArch]; old == nil || t.weight > old.weight {
			d.troubles[t.nameArch] = &t
		}
	}
	for _, id := range order {
		if t := d.troubles[id]; !isLate(t.stage) {
			d.first = t
			return
		}
	}
}

// resolve finds the architecture of a package of which only the name was told: the only one, or the one that is planned.
func (d *decider) resolve(t *trouble) bool {
	var known, planned []nameArch
	for _, id := range d.ids() {
		if id.name != t.name {
			continue
		}
		known = append(known, id)
		if d.steps[id] != nil || !slices.EqualFunc(d.before.packages[id], d.after.packages[id], sameInstance) {
			planned = append(planned, id)
		}
	}
	switch {
	case len(planned) == 1:
		t.nameArch = planned[0]
	case len(known) == 1:
		t.nameArch = known[0]
	default:
		return false
	}
	return true
}

// foresee takes from what was said with the plan why packages are left, and what the solver wanted where it found no way.
func (d *decider) foresee() {
	for _, h := range []*heard{d.foretold, d.said} {
		if h == nil {
			continue
		}
		for i := range h.troubles {
			if t := &h.troubles[i]; t.stage == stageResolve && t.weight == weightReason {
				d.reasons[d.installedAs(t.nameArch)] = t.text
			}
		}
		for _, n := range h.wanted {
			d.want(host.Step{Action: host.ActionInstall, Name: n.name, Arch: n.arch, To: n.evr})
		}
		for _, n := range h.locked {
			d.lock(n.nameArch)
		}
	}
	if d.refused && d.foretold != nil { // it was refused for what was said with the plan, on stdout perhaps
		d.borrow()
	}
}

// borrow has the solver's troubles with the plan count where the command says none of its own.
func (d *decider) borrow() {
	for i := range d.foretold.troubles {
		t := d.foretold.troubles[i]
		if id := d.installedAs(t.nameArch); t.stage == stageResolve && d.troubles[id] == nil {
			t.nameArch = id
			d.troubles[id] = &t
			if d.first == nil {
				d.first = &t
			}
		}
	}
}

func (d *decider) want(s host.Step) {
	id := d.installedAs(nameArch{s.Name, s.Arch})
	if d.steps[id] == nil {
		d.steps[id] = &s
	}
}

// lock has a package that was wanted be one that is left.
func (d *decider) lock(id nameArch) {
	s := host.Step{Action: host.ActionKeep, Name: id.name, Arch: id.arch, Reason: reasonHeld}
	if old := d.steps[id]; old != nil {
		s.To = old.To
	}
	d.steps[id] = &s
}

// ids are all packages that something is known of, in order.
func (d *decider) ids() []nameArch {
	all := map[nameArch]bool{}
	add(all, d.steps)
	add(all, d.before.packages)
	add(all, d.after.packages)
	add(all, d.troubles)
	add(all, d.touched)
	add(all, d.unplanned.candidates)
	add(all, d.unplanned.barred)
	return slices.SortedFunc(maps.Keys(all), func(a, b nameArch) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.arch, b.arch))
	})
}

func add[V any](all map[nameArch]bool, of map[nameArch]V) {
	for id := range of {
		all[id] = true
	}
}

// reason says why: the package's own trouble, else that of the package that stopped the run, else what the manager
// complained of, else how the command ended.
func (d *decider) reason(id nameArch) string {
	own := d.troubles[id]
	if own != nil && own.text != "" {
		return own.text
	}
	if d.first != nil && d.first != own && !d.signalled() {
		by := "aborted by "
		if d.refused {
			by = "refused because of "
		}
		return by + d.first.String() + ": " + cmp.Or(d.first.text, "it failed")
	}
	if text, why := d.complaint(); text != "" && !d.signalled() {
		return why.said(text)
	}
	return d.ended
}

// signalled tells whether a signal has ended the command in the middle: dnf goes on after a package that failed, so it is that
// which kept it from the rest.
func (d *decider) signalled() bool { return d.code > 128 && !d.refused }

// mishap says why a package is not as it should be after something was done to it: its own trouble, else what the manager
// complained of, as that the database could not be written, else as for others.
func (d *decider) mishap(id nameArch) string {
	if own := d.troubles[id]; own != nil && own.text != "" {
		return own.text
	}
	if text, why := d.said.main(); why != causeUnknown {
		return why.said(text)
	}
	return d.reason(id)
}

// complaint returns what the manager says of the run: when it was run, or else when it was asked for the plan.
func (d *decider) complaint() (string, cause) {
	text, why := d.said.main()
	if text == "" && d.foretold != nil && d.refused {
		return d.foretold.main()
	}
	return text, why
}

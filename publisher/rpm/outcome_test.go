package rpm

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// db is a database of "name.arch version [version…]", where a version that ends in "!" was installed again.
func db(packages ...string) *inventory {
	i := &inventory{packages: map[nameArch][]instance{}}
	for _, text := range packages {
		f := strings.Fields(text)
		id, err := cutArch(f[0])
		if err != nil {
			panic(err)
		}
		for _, v := range f[1:] {
			one := instance{evr: strings.TrimSuffix(v, "!"), installedAt: time.Unix(1_700_000_000, 0)}
			if one.evr != v {
				one.installedAt = one.installedAt.Add(time.Hour)
			}
			i.packages[id] = append(i.packages[id], one)
		}
	}
	return i
}

// planOf is a plan of "action name.arch [to]".
func planOf(lines ...string) *host.Plan {
	p := &host.Plan{}
	for _, line := range lines {
		f := append(strings.Fields(line), "")
		id, err := cutArch(f[1])
		if err != nil {
			panic(err)
		}
		p.Steps = append(p.Steps, host.Step{Action: host.Action(f[0]), Name: id.name, Arch: id.arch, To: f[2], Reason: map[bool]string{true: keptBack}[f[0] == "keep"]})
	}
	return p
}

func whatBecame(e evidence) string {
	if e.said == nil {
		e.said = &heard{}
	}
	e.ended = "it ended"
	e.good = e.code == 0
	lines, reasons := told(&e)
	for i := range lines {
		if reasons[i] != "" {
			lines[i] += ": " + reasons[i]
		}
	}
	return strings.Join(lines[:len(lines)-1], "\n")
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	pre := heardOf("error: %prein(b-2-1.noarch) scriptlet failed, exit status 3")
	for _, c := range []struct {
		name string
		evidence
		want string
	}{
		{"upgraded", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 2-1")}, "installed a.noarch 1-1 2-1 -"},
		{"downgraded", evidence{before: db("a.noarch 2-1"), after: db("a.noarch 1-1")}, "installed a.noarch 2-1 1-1 -"},
		{"new", evidence{before: db(), after: db("a.noarch 2-1")}, "installed a.noarch - 2-1 -"},
		{"untouched", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1")}, ""},
		{"reinstalled", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1!")}, "installed a.noarch 1-1 1-1 -"},
		{"removed", evidence{before: db("a.noarch 1-1"), after: db()}, "removed a.noarch 1-1"},
		{"both versions of one that was broken are removed", evidence{before: db("a.noarch 2-1 1-1"), after: db()}, "removed a.noarch 2-1\nremoved a.noarch 1-1"},
		{"of another architecture", evidence{before: db("a.noarch 1-1"), after: db("a.x86_64 2-1"), plan: planOf("install a.x86_64 2-1")}, "installed a.x86_64 1-1 2-1 -"},
		{"of another architecture, and not", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1"), plan: planOf("install a.x86_64 2-1"), code: 1}, "not_attempted a.noarch 1-1 2-1 -: it ended\nerror: it ended"},
		{"two architectures are two", evidence{before: db("a.i686 1-1"), after: db("a.i686 1-1", "a.x86_64 2-1")}, "installed a.x86_64 - 2-1 -"},
		{"a kernel beside", evidence{before: db("k.x86_64 2-1 1-1"), after: db("k.x86_64 3-1 2-1"), sideBySide: map[string]bool{"k": true}}, "installed k.x86_64 2-1 3-1 -\nremoved k.x86_64 1-1"},
		{"the last of its kind beside is removed", evidence{before: db("k.x86_64 2-1 1-1"), after: db("k.x86_64 2-1"), sideBySide: map[string]bool{"k": true}}, "removed k.x86_64 1-1"},
		{"left double", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 2-1 1-1"), code: 137}, "failed a.noarch 1-1 2-1 duplicate: it ended"},
		{"double before, and left alone", evidence{before: db("a.noarch 2-1 1-1"), after: db("a.noarch 2-1 1-1"), code: 1}, "error: it ended"},
		{"double before, and tried", evidence{before: db("a.noarch 2-1 1-1"), after: db("a.noarch 2-1 1-1"), plan: planOf("install a.noarch 2-1"), code: 1}, "failed a.noarch 2-1 2-1 duplicate: it ended"},
		{"mended", evidence{before: db("a.noarch 2-1 1-1"), after: db("a.noarch 2-1")}, "installed a.noarch 2-1 2-1 -"},
		{"mended by a newer one", evidence{before: db("a.noarch 2-1 1-1"), after: db("a.noarch 3-1")}, "installed a.noarch 2-1 3-1 -"},
		{"planned, and the command did nothing", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1"), plan: planOf("install a.noarch 2-1")}, "skipped a.noarch 1-1 2-1 -: the command has left it as it was"},
		{"planned, a script of another failed", evidence{before: db("a.noarch 1-1", "b.noarch 1-1"), after: db("a.noarch 2-1", "b.noarch 1-1"), plan: planOf("install a.noarch 2-1", "install b.noarch 2-1"), said: pre, code: 1}, "installed a.noarch 1-1 2-1 -\nfailed b.noarch 1-1 2-1 pre: %prein(b-2-1.noarch) scriptlet failed, exit status 3"},
		{"killed after another had failed", evidence{before: db("a.noarch 1-1", "b.noarch 1-1", "c.noarch 1-1"), after: db("a.noarch 2-1", "b.noarch 1-1", "c.noarch 1-1"), plan: planOf("install a.noarch 2-1", "install b.noarch 2-1", "install c.noarch 2-1"), said: pre, code: 137}, "installed a.noarch 1-1 2-1 -\nfailed b.noarch 1-1 2-1 pre: %prein(b-2-1.noarch) scriptlet failed, exit status 3\nnot_attempted c.noarch 1-1 2-1 -: it ended"},
		{"a new one whose script fails", evidence{before: db(), after: db(), plan: planOf("install b.noarch 2-1"), said: pre, code: 1}, "failed b.noarch - 2-1 pre: %prein(b-2-1.noarch) scriptlet failed, exit status 3"},
		{"without a plan, by its name", evidence{before: db("b.noarch 1-1"), after: db("b.noarch 1-1"), said: pre, code: 1}, "failed b.noarch 1-1 2-1 pre: %prein(b-2-1.noarch) scriptlet failed, exit status 3"},
		{"of what is told twice, the one with the script's own words counts", evidence{before: db("b.noarch 1-1"), after: db("b.noarch 1-1"), said: heardOf("error: %prein(b-2-1.noarch) scriptlet failed, exit status 3", "b: no", "error: %prein(b-2-1.noarch) scriptlet failed, exit status 3"), code: 1}, "failed b.noarch 1-1 2-1 pre: %prein(b-2-1.noarch) scriptlet failed, exit status 3: b: no"},
		{"a script that was told by name alone", evidence{before: db("b.noarch 1-1", "b.x86_64 1-1"), after: db("b.noarch 2-1", "b.x86_64 1-1"), said: heardOf("Error in POSTIN scriptlet in rpm package b")}, "installed b.noarch 1-1 2-1 post: Error in POSTIN scriptlet in rpm package b"},
		{"a script of a package that nobody knows", evidence{before: db(), after: db(), said: heardOf("Error in POSTIN scriptlet in rpm package b")}, ""},
		{"a trigger of one that did not change", evidence{before: db("b.noarch 1-1"), after: db("b.noarch 1-1"), said: heardOf("warning: %triggerin(b-1-1.noarch) scriptlet failed, exit status 1")}, ""},
		{"not removed", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1"), plan: planOf("remove a.noarch"), code: 1}, "not_attempted a.noarch 1-1 - -: it ended\nerror: it ended"},
		{"its removal failed", evidence{before: db("a.noarch 1-1", "c.noarch 1-1"), after: db("a.noarch 1-1"), plan: planOf("remove a.noarch", "remove c.noarch"), said: heardOf("error: %preun(a-1-1.noarch) scriptlet failed, exit status 3"), code: 1}, "failed a.noarch 1-1 1-1 preun: %preun(a-1-1.noarch) scriptlet failed, exit status 3\nremoved c.noarch 1-1"},
		{"gone, and was to be newer", evidence{before: db("a.noarch 1-1"), after: db(), plan: planOf("install a.noarch 2-1"), code: 1}, "failed a.noarch 1-1 2-1 unpack: it ended"},
		{"left by the plan", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1"), plan: planOf("keep a.noarch 2-1")}, "skipped a.noarch 1-1 2-1 -: kept back: broken dependencies"},
		{"left by the plan, and then not", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 2-1"), plan: planOf("keep a.noarch 2-1")}, "installed a.noarch 1-1 2-1 -"},
		{"what it requires is not there", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 2-1"), unmet: map[nameArch]string{{"a", "noarch"}: "x is needed"}, code: 1}, "failed a.noarch 1-1 2-1 resolve: x is needed"},
		{"what one requires that did not change", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1"), unmet: map[nameArch]string{{"a", "noarch"}: "x is needed"}, code: 1}, "error: it ended"},
		{"locked", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1"), unplanned: unplanned{barred: map[nameArch]bar{{"a", "x86_64"}: {"2-1", reasonHeld}}}}, "skipped a.noarch 1-1 2-1 -: held: version lock"},
		{"a candidate that the command was to bring, and did not", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1"), unplanned: unplanned{candidates: map[nameArch]string{{"a", "noarch"}: "2-1"}}, code: 1}, "not_attempted a.noarch 1-1 2-1 -: it ended\nerror: it ended"},
		{"a candidate that an option left out", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1"), plan: planOf(), unplanned: unplanned{candidates: map[nameArch]string{{"a", "noarch"}: "2-1"}}}, "skipped a.noarch 1-1 2-1 -: the command has left it as it was"},
		{"a candidate of a run that went well", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1"), unplanned: unplanned{candidates: map[nameArch]string{{"a", "noarch"}: "2-1"}}}, ""},
		{"set about, and the database says old", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 1-1"), plan: planOf("install a.noarch 2-1"), said: heardOf("2026-11-28T09:19:33+0000 SUBDEBUG Upgrade: a-2-1.noarch"), code: 1}, "failed a.noarch 1-1 2-1 unpack: it ended"},
		{"what it lost by a repository, a run that went well says", evidence{before: db("a.noarch 1-1"), after: db("a.noarch 2-1"), said: heardOf("Ignoring repositories: r")}, "installed a.noarch 1-1 2-1 -\nerror: fetch: Ignoring repositories: r"},
		{"a solver that was overruled", evidence{before: db("a.noarch 1-1", "b.noarch 1-1"), after: db("a.noarch 2-1", "b.noarch 1-1"), said: heardOf("  - nothing provides x needed by b-2-1.noarch")}, "installed a.noarch 1-1 2-1 -"},
	} {
		t.Run(c.name, func(t *testing.T) { diff(t, "outcome", c.want, whatBecame(c.evidence)) })
	}
}

var somePackages = []string{"a.noarch", "a.x86_64", "b.noarch", "c.i686", "c.x86_64", "k.x86_64"}

func drawDB(t *rapid.T, label string) *inventory {
	var lines []string
	for _, id := range somePackages {
		versions := rapid.SampledFrom([]string{"", "", "1-1", "1-1", "2-1", "2-1!", "2-1 1-1", "3-1 2-1"}).Draw(t, label+" "+id)
		if versions != "" {
			lines = append(lines, id+" "+versions)
		}
	}
	return db(lines...)
}

func drawEvidence(t *rapid.T) *evidence {
	e := &evidence{
		before: drawDB(t, "before"), after: drawDB(t, "after"), code: rapid.SampledFrom([]int{0, 1, 137}).Draw(t, "code"), ended: "it ended",
		sideBySide: map[string]bool{"k": true}, said: &heard{},
	}
	if rapid.Bool().Draw(t, "nothing happened") {
		e.after = e.before
	}
	e.good = e.code == 0
	var planned []string
	for _, id := range somePackages {
		if step := rapid.SampledFrom([]string{"", "install %s 2-1", "install %s 3-1", "remove %s", "keep %s 3-1"}).Draw(t, "step of "+id); step != "" {
			planned = append(planned, fmt.Sprintf(step, id))
		}
	}
	if rapid.Bool().Draw(t, "plan") {
		e.plan = planOf(planned...)
	}
	e.said = heardOf(rapid.SliceOfN(rapid.SampledFrom([]string{
		"error: %prein(a-2-1.noarch) scriptlet failed, exit status 3", "warning: %post(b-2-1.noarch) scriptlet failed, exit status 3",
		"Error in PREUN scriptlet in rpm package c", "Package c-3-1.i686.rpm is not signed", "error: sqlite failure: database or disk is full",
		"2026-11-28T09:19:33+0000 SUBDEBUG Upgrade: c-3-1.x86_64", "  - nothing provides x needed by k-3-1.x86_64", "Error: Transaction failed",
	}), 0, 4).Draw(t, "said")...)
	return e
}

// Whatever was planned and said, the databases decide: what is there newly is told, once, and what is gone, and nothing that
// did not change is installed.
func TestOutcomesFitTheDatabases(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		outcomes, removed := e.outcomes()
		at := time.Now()
		run := &messages.Run{
			ID: "x", Host: "x", RunID: "x", Operation: messages.OperationInstall, StartedAt: at, FinishedAt: at, Outcomes: outcomes, Removed: removed,
		}
		if err := run.Validate(); err != nil {
			t.Fatal(err)
		}
		by := map[nameArch]messages.Outcome{}
		for _, o := range outcomes {
			id := nameArch{o.Name, o.Arch}
			if _, twice := by[id]; twice {
				t.Fatalf("%s has two outcomes", id)
			}
			by[id] = o
		}
		for _, text := range somePackages {
			id, _ := cutArch(text)
			checkOutcome(t, e, id, by[id], slices.ContainsFunc(removed, func(r messages.Removal) bool { return r.Name == id.name && r.Arch == id.arch }))
		}
	})
}

func checkOutcome(t *rapid.T, e *evidence, id nameArch, o messages.Outcome, removed bool) {
	before, after := e.before.packages[id], e.after.packages[id]
	fresh := slices.DeleteFunc(slices.Clone(after), func(one instance) bool { return e.before.has(nevra{id, one.evr}) })
	same := slices.EqualFunc(before, after, sameInstance)
	switch {
	case len(fresh) > 0 && o.Result != messages.ResultInstalled && o.Result != messages.ResultFailed:
		t.Fatalf("%s is newly there, and %+v", id, o)
	case len(fresh) > 0 && len(after) == 1 && *o.To != fresh[0].evr:
		t.Fatalf("%s is %s, and %+v", id, fresh[0].evr, o)
	case len(after) > 1 && id.name != "k" && o.Result == messages.ResultInstalled:
		t.Fatalf("%s is double, and %+v", id, o)
	case same && o.Result == messages.ResultInstalled && len(after) == 1:
		t.Fatalf("%s has not changed, and %+v", id, o)
	case same && removed:
		t.Fatalf("%s has not changed, and is removed", id)
	case len(before) == 0 && removed:
		t.Fatalf("%s was not there, and is removed", id)
	case e.good && o.Result == messages.ResultNotAttempted:
		t.Fatalf("all went well, and %+v", o)
	case len(before) > 0 && o.Result != "" && o.From != before[0].evr:
		t.Fatalf("%s was %s, and %+v", id, before[0].evr, o)
	}
}

// The order of a plan's steps says nothing.
func TestThePlansOrderMakesNoDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		want, wantRemoved := e.outcomes()
		if e.plan != nil {
			e.plan.Steps = rapid.Permutation(e.plan.Steps).Draw(t, "order")
		}
		got, gotRemoved := e.outcomes()
		if fmt.Sprint(texts(want), wantRemoved) != fmt.Sprint(texts(got), gotRemoved) {
			t.Fatalf("%v %v\n%v %v", texts(want), wantRemoved, texts(got), gotRemoved)
		}
	})
}

func texts(outcomes []messages.Outcome) (all []string) {
	for _, o := range outcomes {
		to := ""
		if o.To != nil {
			to = *o.To
		}
		all = append(all, fmt.Sprint(o.Name, o.Arch, o.From, to, o.Result, o.Stage, o.Error))
	}
	return all
}

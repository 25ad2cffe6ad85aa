package apt

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// db reads packages written "name[:arch] version state", a state being dpkg's word or "reinstreq".
func db(rows ...string) []installedPackage {
	var packages []installedPackage
	for _, row := range rows {
		f := strings.Fields(row)
		p := installedPackage{arch: "amd64", version: f[1], want: "install", status: f[2], flag: "ok"}
		p.name, _, _ = strings.Cut(f[0], ":")
		if _, arch := cutArch(f[0]); arch != "" {
			p.arch = arch
		}
		if p.status == "reinstreq" {
			p.status, p.flag = "installed", "reinstreq"
		}
		packages = append(packages, p)
	}
	return packages
}

func statusOf(lines ...string) *progress {
	p, _ := parseStatus(strings.NewReader(strings.Join(lines, "\n")))
	return p
}

func saidOf(lines ...string) *complaints {
	c := &complaints{}
	_, _ = c.Write([]byte(strings.Join(lines, "\n")))
	c.end()
	return c
}

// The rules that the recordings do not have, one by one.
func TestRulesForOutcomes(t *testing.T) {
	t.Parallel()
	upgrade := &host.Plan{Steps: []host.Step{{Action: host.ActionInstall, Name: "a", Arch: "amd64", From: "1", To: "2"}}}
	remove := &host.Plan{Steps: []host.Step{{Action: host.ActionRemove, Name: "a", Arch: "amd64", From: "1"}}}
	prepared, trouble := "pmstatus:a:1.0:Preparing a (amd64)", "pmerror:a:1.0:it failed"
	for _, c := range []struct {
		rule string
		e    evidence
		want string
	}{
		{"new version, triggers pending", evidence{before: db("a 1 installed"), after: db("a 2 triggers-pending")}, "a.amd64 1 > 2 installed"},
		{"new version, triggers awaited", evidence{before: db("a 1 installed"), after: db("a 2 triggers-awaited")}, "a.amd64 1 > 2 installed"},
		{"an older version", evidence{before: db("a 2 installed"), after: db("a 1 installed")}, "a.amd64 2 > 1 installed"},
		{"from what was only configuration", evidence{before: db("a 1 config-files"), after: db("a 2 installed")}, "a.amd64  > 2 installed"},
		{"another version than planned", evidence{plan: upgrade, before: db("a 1 installed"), after: db("a 3 installed")}, "a.amd64 1 > 3 installed"},
		{"new version, unpacked, nobody says why", evidence{before: db("a 1 installed"), after: db("a 2 unpacked"), code: 100}, "a.amd64 1 > 2 failed configure: it ended"},
		{"new version, unpacked, only apt says why", evidence{before: db("a 1 installed"), after: db("a 2 unpacked"), code: 100, said: saidOf("E: Sub-process crashed")}, "a.amd64 1 > 2 failed configure: Sub-process crashed"},
		{"half-installed", evidence{plan: upgrade, before: db("a 1 installed"), after: db("a 1 half-installed"), code: 100}, "a.amd64 1 > 2 failed unpack: it ended"},
		{"reinstallation required", evidence{before: db("a 1 installed"), after: db("a 1 reinstreq"), code: 100}, "a.amd64 1 > 1 failed unpack: it ended"},
		{"half-installed before, and nobody went near", evidence{before: db("a 1 half-installed"), after: db("a 1 half-installed")}, ""},
		{"half-installed before, and nothing could be done", evidence{plan: upgrade, before: db("a 1 half-installed"), after: db("a 1 half-installed"), code: 100, said: saidOf("E: Could not get lock")}, "a.amd64 1 > 2 not_attempted plan: lock: Could not get lock"},
		{"half-installed before, and tried again", evidence{plan: upgrade, before: db("a 1 half-installed"), after: db("a 1 half-installed"), status: statusOf(prepared), code: 100}, "a.amd64 1 > 2 failed unpack: it ended"},
		{"half-installed when removed", evidence{plan: remove, before: db("a 1 installed"), after: db("a 1 half-installed"), status: statusOf(trouble), code: 100}, "a.amd64 1 > 1 failed remove: it failed"},
		{"put back", evidence{plan: upgrade, before: db("a 1 installed"), after: db("a 1 installed"), status: statusOf("pmerror:/x/a_2_all.deb:1.0:it failed"), code: 100}, "a.amd64 1 > 2 failed unpack: it failed"},
		{"put back, without a plan, epoch not in the archive's name", evidence{before: db("a 3:1 installed"), after: db("a 3:1 installed"), status: statusOf("pmerror:/x/a_2_all.deb:1.0:it failed"), code: 100}, "a.amd64 3:1 > 3:2 failed unpack: it failed"},
		{"put back, but left unconfigured", evidence{plan: upgrade, before: db("a 1 installed"), after: db("a 1 half-configured"), status: statusOf(prepared), code: 100}, "a.amd64 1 > 2 failed unpack: it ended"},
		{"tried and put back, nobody says why", evidence{plan: upgrade, before: db("a 1 installed"), after: db("a 1 installed"), status: statusOf(prepared), code: 100}, "a.amd64 1 > 2 failed unpack: it ended"},
		{"harmed, not planned", evidence{plan: &host.Plan{}, before: db("a 1 installed"), after: db("a 1 half-configured"), code: 100}, "a.amd64 1 > 1 failed configure: it ended"},
		{"broken before and after", evidence{before: db("a 1 half-configured"), after: db("a 1 half-configured"), code: 100}, ""},
		{"broken before, in order after", evidence{before: db("a 1 unpacked"), after: db("a 1 installed")}, "a.amd64 1 > 1 installed"},
		{"broken before, and again, then mended", evidence{before: db("a 1 unpacked"), after: db("a 1 installed"), status: statusOf(trouble)}, "a.amd64 1 > 1 installed"},
		{"a trigger that failed and was mended", evidence{plan: &host.Plan{}, before: db("a 1 installed"), after: db("a 1 installed"), status: statusOf(trouble), code: 100}, ""},
		{"planned and gone", evidence{plan: upgrade, before: db("a 1 installed"), after: nil, code: 100}, "a.amd64 1 > 2 failed unpack: it ended"},
		{"new and not attempted", evidence{plan: upgrade, code: 100, said: saidOf("E: Could not get lock")}, "a.amd64  > 2 not_attempted plan: lock: Could not get lock"},
		{"new and failed", evidence{plan: upgrade, status: statusOf("pmerror:/x/a_2_all.deb:1.0:it failed"), code: 100}, "a.amd64  > 2 failed unpack: it failed"},
		{"removed", evidence{plan: remove, before: db("a 1 installed"), after: db("a 1 config-files")}, "a.amd64 1 removed"},
		{"removed, not planned", evidence{before: db("a 1 installed")}, "a.amd64 1 purged"},
		{"removed in the middle of an upgrade", evidence{before: db("a 1 unpacked"), after: db("a 1 config-files"), code: 100}, "a.amd64 1 removed"},
		{"purged", evidence{plan: remove, before: db("a 1 config-files")}, "a.amd64 1 purged"},
		{"not purged", evidence{plan: remove, before: db("a 1 config-files"), after: db("a 1 config-files"), code: 100}, ""},
		{"to be removed, and was not", evidence{plan: remove, before: db("a 1 installed"), after: db("a 1 installed"), code: 100, said: saidOf("E: Could not get lock")}, "a.amd64 1 > ? not_attempted plan: lock: Could not get lock"},
		{"to be removed, and another failed", evidence{plan: remove, before: db("a 1 installed"), after: db("a 1 installed"), status: statusOf("pmerror:b:1.0:it failed"), code: 100}, "a.amd64 1 > ? not_attempted remove: aborted by b: it failed"},
		{"to be removed, and begun", evidence{plan: remove, before: db("a 1 installed"), after: db("a 1 installed"), status: statusOf(prepared), code: 100}, "a.amd64 1 > 1 failed remove: it ended"},
		{"to be removed, and nobody did", evidence{plan: remove, before: db("a 1 installed"), after: db("a 1 installed")}, "a.amd64 1 > ? skipped: the command has not removed it"},
		{"there at last, after a script that failed", evidence{before: db("a 1 installed"), after: db("a 2 installed"), status: statusOf(trouble), code: 100}, "a.amd64 1 > 2 installed configure: it failed"},
		{"there at last, and all went well", evidence{before: db("a 1 installed"), after: db("a 2 installed"), status: statusOf(trouble)}, "a.amd64 1 > 2 installed"},
		{"kept back and failed run", evidence{plan: &host.Plan{Steps: []host.Step{{Action: host.ActionKeep, Name: "a", Arch: "amd64", From: "1", To: "2", Reason: "phased: 10%"}}}, before: db("a 1 installed"), after: db("a 1 installed"), code: 100}, "a.amd64 1 > 2 skipped: phased: 10%"},
		{"kept back, and then not", evidence{plan: &host.Plan{Steps: []host.Step{{Action: host.ActionKeep, Name: "a", Arch: "amd64", From: "1", To: "2", Reason: "held"}}}, before: db("a 1 installed"), after: db("a 2 installed")}, "a.amd64 1 > 2 installed"},
		{"to be configured and not attempted", evidence{plan: &host.Plan{Steps: []host.Step{{Action: host.ActionConfigure, Name: "a", Arch: "amd64", To: "1"}}}, before: db("a 1 unpacked"), after: db("a 1 unpacked"), code: 100, said: saidOf("E: Could not get lock")}, "a.amd64 1 > 1 not_attempted plan: lock: Could not get lock"},
		{"an architecture that was not told", evidence{before: db("a:i386 1 installed"), after: db("a:i386 1 half-configured"), status: statusOf("pmerror:a:1.0:it failed"), code: 100}, "a.i386 1 > 1 failed configure: it failed"},
		{"an architecture that was not told, of two", evidence{before: db("a 1 installed", "a:i386 1 installed"), after: db("a 1 half-configured", "a:i386 1 half-configured"), status: statusOf("pmerror:a:1.0:it failed"), code: 100}, "a.amd64 1 > 1 failed configure: it failed|a.i386 1 > 1 failed configure: aborted by a: it failed"},
		{"dpkg's own words where there is no descriptor", evidence{before: db("a 1 installed"), after: db("a 2 half-configured"), said: saidOf("dpkg: error processing package a (--configure):", " it failed"), code: 1}, "a.amd64 1 > 2 failed configure: it failed"},
		{"another's archive of any name", evidence{before: db("a 1 installed"), after: db("a 2 unpacked"), said: saidOf("dpkg: error processing archive /x/b.deb (--install):", " it failed"), code: 1}, "a.amd64 1 > 2 failed configure: aborted by /x/b.deb: it failed"},
		{"an unknown archive", evidence{status: statusOf("pmerror:/x/a.deb:1.0:it failed"), code: 1}, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			c.e.native, c.e.ended = "amd64", "it ended"
			if c.e.status == nil {
				c.e.status = &progress{}
			}
			if c.e.said == nil {
				c.e.said = &complaints{}
			}
			diff(t, "outcomes", c.want, strings.Join(whatBecame(&c.e), "|"))
		})
	}
}

func TestTheRunsOwnError(t *testing.T) {
	t.Parallel()
	installed := []messages.Outcome{{Result: messages.ResultInstalled}}
	failed := append(installed, messages.Outcome{Result: messages.ResultFailed})
	skipped := []messages.Outcome{{Result: messages.ResultSkipped}, {Result: messages.ResultNotAttempted}}
	for _, c := range []struct {
		rule     string
		e        evidence
		outcomes []messages.Outcome
		want     string
	}{
		{"a package has failed, and says why", evidence{code: 100, said: saidOf("E: Sub-process failed")}, failed, ""},
		{"all are installed, and then something failed", evidence{code: 100, said: saidOf("E: Problem executing scripts DPkg::Post-Invoke 'false'", "E: Sub-process returned an error code")}, installed, "Problem executing scripts DPkg::Post-Invoke 'false'; Sub-process returned an error code"},
		{"all are installed, and then a script ended otherwise", evidence{code: 9}, installed, "it ended"},
		{"all are installed", evidence{said: saidOf("W: Failed to fetch http://x/InRelease  y")}, installed, ""},
		{"dpkg's lock", evidence{code: 2, said: saidOf("dpkg: error: dpkg frontend lock was locked by another process with pid 7", "Note: removing the lock file is always wrong")}, nil, "lock: dpkg: error: dpkg frontend lock was locked by another process with pid 7"},
		{"dpkg's own words", evidence{code: 2, said: saidOf("dpkg: error: cannot access archive 'x.deb': No such file", "and more")}, nil, "it ended: dpkg: error: cannot access archive 'x.deb': No such file"},
		{"it did not, and says why", evidence{code: 100, said: saidOf("E: Could not get lock x", "E: Could not get lock x", "E: y")}, skipped, "lock: Could not get lock x; y"},
		{"the cause is in the second line", evidence{code: 100, said: saidOf("E: y", "E: Could not get lock x")}, nil, "lock: y; Could not get lock x"},
		{"a cause that is not known", evidence{code: 100, said: saidOf("E: Unable to locate package x")}, nil, "Unable to locate package x"},
		{"nothing but the code and a last line", evidence{code: 3, said: saidOf("some text", "and the end", "")}, nil, "it ended: and the end"},
		{"nothing but the code", evidence{code: 3}, nil, "it ended"},
		{"nothing was wrong", evidence{said: saidOf("some text", "W: x")}, nil, ""},
		{"no terminal for dpkg", evidence{said: saidOf("E: Can not write log (Is /dev/pts mounted?) - posix_openpt (19: No such device)")}, nil, ""},
		{"lists that could not be fetched, code 0", evidence{said: saidOf("W: Some index files failed to download. They have been ignored, or old ones used instead.")}, nil, "fetch: Some index files failed to download. They have been ignored, or old ones used instead."},
	} {
		t.Run(c.rule, func(t *testing.T) {
			c.e.ended = "it ended"
			if c.e.said == nil {
				c.e.said = &complaints{}
			}
			diff(t, "error", c.want, c.e.failure(c.outcomes))
		})
	}
}

// Whatever the evidence, the outcomes say no more than the databases do.
func TestOutcomesKeepToTheDatabases(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		states := []string{"installed", "unpacked", "half-configured", "half-installed", "triggers-pending", "config-files", "reinstreq"}
		database := rapid.Custom(func(t *rapid.T) []installedPackage {
			names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "b:i386", "c"}), 0, 4, rapid.ID[string]).Draw(t, "names")
			var rows []string
			for _, name := range names {
				rows = append(rows, name+" "+rapid.SampledFrom([]string{"1", "2", "1:1"}).Draw(t, "version")+" "+rapid.SampledFrom(states).Draw(t, "state"))
			}
			return db(rows...)
		})
		e := evidence{native: "amd64", ended: "it ended", before: database.Draw(t, "before"), after: database.Draw(t, "after"), code: rapid.SampledFrom([]int{0, 100}).Draw(t, "code")}
		if rapid.Bool().Draw(t, "planned") {
			e.plan, _ = parsePlan(strings.NewReader(outcomeLines(t, "plan", "Inst a [1] (2 X [amd64])", "Inst b:i386 [1] (2 X [i386])", "Conf c (1 X [all])", "Remv b [1]", "Not upgrading:\n  c a")), "amd64")
		}
		e.status = statusOf(outcomeLines(t, "status", "pmstatus:a:1.0:Preparing a (amd64)", "pmstatus:b:1.0:Configuring b (i386)", "pmerror:b:2.0:it failed", "pmerror:/x/a_2_all.deb:3.0:it failed", "pmerror:/x/y.deb:1.0:z"))
		e.said = saidOf(outcomeLines(t, "stderr", "E: Could not get lock x", "E: Failed to fetch http://x/a_2_all.deb  404", "dpkg: error processing package c (--remove):", " it failed", "E: x"))
		e.tried, _ = parseDpkgLog(strings.NewReader(outcomeLines(t, "log", "d t upgrade a:all 1 2", "d t install c:amd64 <none> 1", "d t remove a:all 1 <none>")), "amd64")

		outcomes, removed := e.outcomes()
		before, after := byID(e.before), byID(e.after)
		got := map[packageID]messages.Result{}
		for _, o := range outcomes {
			id := packageID{o.Name, o.Arch}
			if _, twice := got[id]; twice {
				t.Fatalf("%v comes twice", id)
			}
			got[id] = o.Result
			b, a := inPlace(before[id]), inPlace(after[id])
			from := ""
			if b != nil {
				from = b.version
			}
			if o.From != from {
				t.Fatalf("%v: from %q, it was %q", id, o.From, from)
			}
			switch o.Result {
			case messages.ResultInstalled:
				if a == nil || !a.configured() || *o.To != a.version || e.code == 0 && o.Error != "" || (o.Error == "") != (o.Stage == "") {
					t.Fatalf("%+v, and dpkg has %+v", o, a)
				}
			case messages.ResultFailed, messages.ResultNotAttempted:
				kept := o.Result == messages.ResultNotAttempted && a != nil // it should have been removed
				if o.To == nil && !kept || o.Stage == "" || o.Error == "" {
					t.Fatalf("%+v", o)
				}
			case messages.ResultSkipped:
				if e.plan == nil || o.Error == "" {
					t.Fatalf("%+v", o)
				}
			}
			if o.Result != messages.ResultInstalled && o.Result != messages.ResultFailed && a != nil && (b == nil || a.version != b.version) {
				t.Fatalf("%+v, and it has changed", o)
			}
		}
		for _, r := range removed {
			id := packageID{r.Name, r.Arch}
			b, a := before[id], after[id]
			if got[id] != "" || b == nil || b.version != r.From || inPlace(a) != nil || r.Purged != (a == nil) {
				t.Fatalf("%+v, and it was %+v and is %+v: %s", r, b, a, got[id])
			}
			got[id] = "removed"
		}
		for id, b := range before {
			if inPlace(b) != nil && inPlace(after[id]) == nil && got[id] == "" {
				t.Fatalf("%+v is gone, and nobody says so", b)
			}
		}
		for id, a := range after {
			b := inPlace(before[id])
			if a = inPlace(a); a == nil {
				continue
			}
			changed := b == nil || b.version != a.version
			want := messages.ResultFailed
			if a.configured() {
				want = messages.ResultInstalled
			}
			if (changed || a.configured() != b.configured() && !pathTrouble(e.status, id)) && got[id] != want {
				t.Fatalf("%v was %+v and is %+v: %q, want %q", id, b, a, got[id], want)
			}
		}
		if !slices.IsSortedFunc(outcomes, func(a, b messages.Outcome) int { return strings.Compare(a.Name+" "+a.Arch, b.Name+" "+b.Arch) }) {
			t.Fatal("not in order")
		}
		// The same evidence, and the same again.
		if again, gone := e.outcomes(); fmt.Sprint(outcomesOf(&messages.Run{Outcomes: again}), gone) != fmt.Sprint(outcomesOf(&messages.Run{Outcomes: outcomes}), removed) {
			t.Fatal("decided otherwise the second time")
		}
	})
}

// pathTrouble tells whether an archive of the package has failed: then a package that is in order at its old
// version has failed all the same.
func pathTrouble(p *progress, id packageID) bool {
	return slices.ContainsFunc(p.troubles, func(t trouble) bool { return t.file != "" && t.name == id.name })
}

func outcomeLines(t *rapid.T, label string, lines ...string) string {
	chosen := map[int]bool{}
	for i := range lines {
		if rapid.Bool().Draw(t, label) {
			chosen[i] = true
		}
	}
	text := ""
	for _, i := range slices.Sorted(maps.Keys(chosen)) {
		text += lines[i] + "\n"
	}
	return text
}

// whatBecame renders outcomes and removals.
func whatBecame(e *evidence) []string {
	outcomes, removed := e.outcomes()
	return append(outcomesOf(&messages.Run{Outcomes: outcomes}), removedOf(removed)...)
}

// removedOf renders removals: "name.arch from removed".
func removedOf(removed []messages.Removal) []string {
	var lines []string
	for _, r := range removed {
		how := "removed"
		if r.Purged {
			how = "purged"
		}
		lines = append(lines, strings.Join([]string{r.Name + "." + r.Arch, r.From, how}, " "))
	}
	return lines
}

// outcomesOf renders outcomes: "name.arch from > to result stage: error".
func outcomesOf(run *messages.Run) []string {
	var lines []string
	for _, o := range run.Outcomes {
		to := "?"
		if o.To != nil {
			to = *o.To
		}
		line := fmt.Sprintf("%s.%s %s > %s %s", o.Name, o.Arch, o.From, to, o.Result)
		if o.Stage != "" {
			line += " " + o.Stage
		}
		if o.Error != "" {
			line += ": " + o.Error
		}
		lines = append(lines, line)
	}
	return lines
}

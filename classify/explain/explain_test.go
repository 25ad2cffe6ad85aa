package explain

import (
	"strings"
	"testing"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/classify/classifytest"
	"github.com/patchstream/patchstream/messages"
)

// The sentences are in the golden files; here is the shape of what is told in tables, state by state.
func TestWords_and_Next(t *testing.T) {
	outcome := func(stage string) *messages.OutcomeReason {
		return &messages.OutcomeReason{Result: messages.ResultFailed, Stage: stage}
	}
	byHand := &messages.OverrideReason{By: "ops", Reason: "CHG-7"}
	for _, row := range []struct {
		name        string
		item        classify.Item
		words, next string
	}{
		{"INSTALLED", classify.Item{State: messages.Installed}, "installed", ""},
		{"INSTALLED_OTHER", classify.Item{State: messages.InstalledOther}, "installed, outside baseline", ""},
		{"INSTALLED_REJECTED", classify.Item{State: messages.InstalledRejected}, "installed, but forbidden", "apt-get remove nginx"},
		{"INSTALLED_PENDING_REBOOT", classify.Item{State: messages.InstalledPendingReboot}, "installed, waits for a reboot", "reboot the host"},
		{"NOT_APPLICABLE", classify.Item{State: messages.NotApplicable}, "approved, not installed", ""},
		{"AVAILABLE_SECURITY_UPDATE", classify.Item{State: messages.AvailableSecurityUpdate}, "security update available, not approved", ""},

		{"MISSING", classify.Item{State: messages.Missing}, "missing", "apt-get install --only-upgrade --mark-auto nginx=1.2-3"},
		{"MISSING, held", classify.Item{State: messages.Missing, Blocked: classify.BlockedByHold}, "missing (held)", "held: apt-mark unhold nginx"},
		{"MISSING, phased", classify.Item{State: messages.Missing, Blocked: classify.BlockedByPhasing}, "missing (phased)", "phased: wait for its turn, or apt-get install --only-upgrade --mark-auto nginx=1.2-3"},
		{"MISSING, pinned", classify.Item{State: messages.Missing, Blocked: classify.BlockedByPin}, "missing (pinned)", "pinned: apt-get install --only-upgrade --mark-auto nginx=1.2-3"},
		{"MISSING, kept back", classify.Item{State: messages.Missing, Blocked: classify.BlockedKeptBack}, "missing (kept back)", "kept back: apt-get install --only-upgrade --mark-auto nginx=1.2-3"},
		{"MISSING beside the native architecture", classify.Item{State: messages.Missing, Arch: "i386", Blocked: classify.BlockedByHold}, "missing (held)", "held: apt-mark unhold nginx:i386"},

		{"FAILED", failedItem("", nil), "install failed", "apt-get install --only-upgrade --mark-auto nginx=1.2-3"},
		{"FAILED at no stage", failedItem("", outcome("")), "install failed", "apt-get install --only-upgrade --mark-auto nginx=1.2-3"},
		{"FAILED at unpack", failedItem("", outcome("unpack")), "install failed (unpack)", "apt-get install --only-upgrade --mark-auto nginx=1.2-3"},
		{"FAILED at fetch", failedItem("", outcome("fetch")), "install failed (fetch)", "apt-get update && apt-get install --only-upgrade --mark-auto nginx=1.2-3"},
		{"FAILED at configure", failedItem("", outcome("configure")), "install failed (configure)", "dpkg --configure -a && apt-get install --only-upgrade --mark-auto nginx=1.2-3"},
		{"FAILED, half-configured", failedItem("half-configured", outcome("configure")), "broken (half-configured)", "dpkg --configure -a"},
		{"FAILED, unpacked", failedItem("unpacked", nil), "broken (unpacked)", "dpkg --configure -a"},
		{"FAILED, half-installed", failedItem("half-installed", nil), "broken (half-installed)", "apt-get install --reinstall --mark-auto nginx=1.2-3"},
		{"FAILED, reinstreq", failedItem("reinstreq", nil), "broken (reinstreq)", "apt-get install --reinstall --mark-auto nginx=1.2-3"},

		{"by hand NOT_APPLICABLE", classify.Item{State: messages.NotApplicable, Reason: messages.Reason{Override: byHand}}, "not applicable, set by hand", ""},
		{"by hand INSTALLED", classify.Item{State: messages.Installed, Reason: messages.Reason{Override: byHand}}, "installed, set by hand", ""},
		{"by hand FAILED", classify.Item{State: messages.Failed, Reason: messages.Reason{Override: byHand, Outcome: outcome("configure")}}, "failed, set by hand", "as ops says: CHG-7"},
		{"by hand MISSING, though held", classify.Item{State: messages.Missing, Blocked: classify.BlockedByHold, Reason: messages.Reason{Override: byHand}}, "missing, set by hand", "as ops says: CHG-7"},
		{"by hand AVAILABLE_SECURITY_UPDATE", classify.Item{State: messages.AvailableSecurityUpdate, Reason: messages.Reason{Override: byHand}}, "security update available, not approved, set by hand", "as ops says: CHG-7"},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := row.item
			i.Name, i.Version = "nginx", "1.2-3"
			if i.State == messages.Missing || i.State == messages.Failed {
				i.Installed = "1.1"
			}
			if i.Arch == "" {
				i.Arch = "amd64"
			}
			if got := Words(&i); got != row.words {
				t.Errorf("words %q, want %q", got, row.words)
			}
			if got := Next(&classifytest.Ubuntu, &i); got != row.next {
				t.Errorf("next %q, want %q", got, row.next)
			}
		})
	}
}

func failedItem(broken string, o *messages.OutcomeReason) classify.Item {
	return classify.Item{State: messages.Failed, Reason: messages.Reason{Broken: broken, Outcome: o}}
}

// What a host calls its packages never becomes a part of a command that somebody might paste.
func TestNext_names_no_command_for_a_name_that_apt_would_not_take(t *testing.T) {
	for _, name := range []string{"", "x; reboot", "$(reboot)", "-o", "a b", "a\nb", "é", "a=b", "a/b", "`x`", "~x", "a*"} {
		for _, i := range []classify.Item{
			{State: messages.Missing, Name: name, Arch: "amd64", Version: "1"}, {State: messages.InstalledRejected, Name: name, Arch: "amd64"},
			{State: messages.Failed, Name: name, Arch: "amd64", Version: "1"}, {State: messages.Missing, Name: "nginx", Arch: name, Version: "1"},
		} {
			if got := Next(&classifytest.Ubuntu, &i); got != "look into it by hand: its name is none that apt takes" {
				t.Errorf("%q: %q", name, got)
			}
		}
	}
	for _, name := range []string{"g++", "libstdc++6", "python3.11", "0ad", "linux-image-5.15.0-101-generic", "a"} {
		i := classify.Item{State: messages.Missing, Name: name, Arch: "amd64", Version: "1"} // not installed, and so without a mark
		if got := Next(&classifytest.Ubuntu, &i); got != "apt-get install "+name+"=1" {
			t.Errorf("%q: %q", name, got)
		}
	}
}

// A host and an operator may write what they like: no line breaks, and nothing that a terminal obeys, gets out.
func TestExplain_of_hostile_text(t *testing.T) {
	const hostile = "a\nb\x1b[31m\u202e\x00\xff\u2028%s"
	p := classifytest.Package("p", "1.0", "1.1 security")
	p.Name, p.Versions[1].Section = hostile, hostile
	bad := classifytest.Package("bad", "1.0")
	bad.Installed = new(hostile)
	b := classifytest.SecurityOnly(
		classifytest.Rules(classifytest.Filtered("", baseline.Filter{Key: "SECTION", Values: []string{hostile}})),
		classifytest.Rejected("BLOCK", "*x"+hostile), classifytest.Approved(hostile+"y"),
	)
	failure := classifytest.Run(1, "q 1.1 failed")
	failure.RunID, failure.Outcomes[0].Stage, failure.Outcomes[0].Error, failure.Outcomes[0].Name = hostile, hostile, hostile, hostile
	o := classifytest.Override(1, hostile+".amd64", messages.Failed)
	o.Reason, o.By = hostile, hostile
	for _, events := range [][]messages.Event{{classifytest.Scan(0, p, bad)}, {classifytest.Scan(0, p, bad), failure}, {classifytest.Scan(0, p, bad), failure, o}} {
		r := judged(b, events...)
		if len(r.Patches) != 4 {
			t.Fatalf("got %s", r)
		}
		for i := range r.Patches {
			wantPlain(t, Item(r, &r.Patches[i]), &r.Patches[i])
		}
	}
}

func TestExplain_long_text_is_cut(t *testing.T) {
	failure := classifytest.Run(1, "p 1.1 failed configure "+strings.Repeat("é", 2000))
	r := judged(classifytest.SecurityOnly(), classifytest.Scan(0, classifytest.Package("p", "1.0", "1.1 security")), failure)
	for i := range r.Patches {
		for _, s := range Item(r, &r.Patches[i]).Sentences {
			if len([]rune(s)) > 700 {
				t.Errorf("%d characters: %s", len([]rune(s)), s)
			}
		}
	}
	if got := oneLine("12345", 5) + oneLine("123456", 5); got != "123451234…" {
		t.Errorf("got %s", got)
	}
}

// Every branch of the rules has sentences of its own, and says what would change the state.
func TestExplain_knows_every_reason(t *testing.T) {
	for _, code := range []string{
		messages.BecauseApproved, messages.BecauseNewerApproved, messages.BecauseNotApproved, messages.BecauseRejected, messages.BecauseVersionInvalid,
		messages.BecauseNotInstalled, messages.BecauseNoSuchPackage, messages.BecauseFailedRun, messages.BecauseBroken, messages.BecauseUnlisted,
		messages.BecauseRebootAfterRun, messages.BecauseRebootOfHost, messages.BecauseKernelWaits,
	} {
		i := classify.Item{Patch: "p", State: messages.Installed, Reason: messages.Reason{
			Code: code, Stopped: &messages.Stopped{By: messages.StoppedByNoRule}, Reboot: &messages.RebootReason{Event: "e", At: classifytest.Start},
		}}
		e := Item(&classify.Report{}, &i)
		if len(e.Sentences) < 2 || len(e.WouldChange) == 0 {
			t.Errorf("%s: %q", code, e)
		}
	}
}

// Every condition has words of its own, shows what the host said as one line, and says what to do where there is something.
func TestCondition_knows_every_condition(t *testing.T) {
	said := make(map[string]string)
	for _, code := range classify.Conditions() {
		words := ConditionWords(code)
		if words == code || said[words] != "" {
			t.Errorf("%s: %q, as %s", code, words, said[words])
		}
		said[words] = code
		for _, detail := range []string{"", "a\nb\x1b[31m", classify.NoSecurityArchive} {
			e := Condition(&classify.Report{}, messages.Condition{Code: code, Since: classifytest.Start, Detail: detail})
			if !strings.HasPrefix(e.Sentences[0], code+" since 2026-11-20 10:00:00Z: ") {
				t.Errorf("%q", e.Sentences)
			}
			if e.Next == "" {
				t.Errorf("%s: next step %q", code, e.Next)
			}
			if strings.ContainsAny(strings.Join(append(e.Sentences, e.Next), ""), "\n\x1b") {
				t.Errorf("%q", e)
			}
		}
	}
	none := Condition(&classify.Report{}, messages.Condition{Code: classify.NoSecuritySource, Detail: classify.NoSecurityArchive})
	if !strings.Contains(none.Sentences[1], "Nobody makes a security archive") || !strings.Contains(none.Next, "EnableNonSecurity") {
		t.Errorf("%q", none)
	}
}

// A version may have what policy forbids, such as what a shell obeys: it is quoted, and never part of a command.
func TestVersions_that_policy_forbids_are_quoted(t *testing.T) {
	p := classifytest.Package("p", "1.0", "1.1;reboot\x1b security")
	r := judged(classifytest.SecurityOnly(), classifytest.Scan(0, p))
	for i := range r.Patches {
		wantPlain(t, Item(r, &r.Patches[i]), &r.Patches[i])
		if next := Next(&classifytest.Ubuntu, &r.Patches[i]); strings.Contains(next, ";") {
			t.Errorf("next step %q", next)
		}
	}
	if r.Patches[0].Version != "1.1;reboot\x1b" {
		t.Fatalf("got %+v", r.Patches[0])
	}
}

func judged(b *baseline.Baseline, events ...messages.Event) *classify.Report {
	return classify.Classify("web-1", factsOf(events...), classify.Choice{Baseline: b}, classify.Settings{}, classifytest.At(1))
}

func TestNextOfAll_is_one_command_for_what_an_upgrade_alone_mends(t *testing.T) {
	missing := func(name, blocked string) classify.Item {
		return classify.Item{State: messages.Missing, Name: name, Arch: "amd64", Installed: "1.0", Version: "1.1", Blocked: blocked}
	}
	failed := missing("broken", "")
	failed.State = messages.Failed
	byHand := missing("byhand", "")
	byHand.Reason.Override = &messages.OverrideReason{By: "ops", Reason: "r"}
	items := []classify.Item{missing("a", ""), missing("held", classify.BlockedByHold), missing("back", classify.BlockedKeptBack), failed, byHand,
		missing("x; reboot", ""), missing("b", ""), {State: messages.Installed, Name: "c", Arch: "amd64"}}
	rhel, zypp := messages.OS{System: "REDHAT_ENTERPRISE_LINUX", Version: "9.4"}, messages.OS{System: "SUSE", Version: "15.6"}
	for want, os := range map[string]*messages.OS{
		"apt-get install --only-upgrade --mark-auto a=1.1 b=1.1": &classifytest.Ubuntu,
		"dnf upgrade a-1.1 b-1.1":                                &rhel,
		`auto=$(cat /var/lib/zypp/AutoInstalled); zypper install a=1.1 b=1.1; echo "$auto" >> /var/lib/zypp/AutoInstalled`: &zypp,
	} {
		if got, n := NextOfAll(os, items); got != want || n != 2 {
			t.Errorf("%q of %d, want %q", got, n, want)
		}
	}
	if got, n := NextOfAll(&classifytest.Ubuntu, items[:2]); got != "" || n != 0 {
		t.Errorf("of one: %q", got)
	}
	if got, n := NextOfAll(&messages.OS{System: "WINDOWS"}, []classify.Item{missing("KB5068787", ""), missing("KB5069001", "")}); got != "Install-WindowsUpdate -KBArticleID KB5068787,KB5069001" || n != 2 {
		t.Errorf("on Windows: %q", got)
	}
	if got, _ := NextOfAll(&messages.OS{System: "MACOS"}, items); got != "" {
		t.Errorf("on macOS: %q", got)
	}
}

func TestCommand_is_what_a_shell_is_given(t *testing.T) {
	for next, want := range map[string][2]string{
		"apt-get install a=1":                     {"", "apt-get install a=1"},
		"held: apt-mark unhold a":                 {"held: ", "apt-mark unhold a"},
		"phased: wait for its turn, or apt-get x": {"phased: wait for its turn, or ", "apt-get x"},
		"excluded: take it out of excludepkgs in /etc/dnf/dnf.conf or of a repository, then dnf upgrade a": {"excluded: take it out of excludepkgs in /etc/dnf/dnf.conf or of a repository, then ", "dnf upgrade a"},
		`auto=$(cat f); zypper install a=1`: {"", `auto=$(cat f); zypper install a=1`},
		"reboot the host":                   {"reboot the host", ""},
		"remove it by hand":                 {"remove it by hand", ""},
	} {
		if words, command := Command(next); words != want[0] || command != want[1] {
			t.Errorf("%q: %q and %q", next, words, command)
		}
	}
}

package messages

import (
	"strings"
	"testing"
)

func TestParsesStatesAndLevelsInAnyCase(t *testing.T) {
	t.Parallel()
	for i, s := range States() {
		if got, err := ParseState(strings.ToLower(string(s))); err != nil || got != s {
			t.Errorf("%d: %q, %v", i, got, err)
		}
	}
	if _, err := ParseState("BROKEN"); err == nil || !strings.Contains(err.Error(), "INSTALLED_PENDING_REBOOT") {
		t.Errorf("%v does not list the states", err)
	}
	for i, l := range Levels() {
		if got, err := ParseLevel(strings.ToLower(string(l))); err != nil || got != l {
			t.Errorf("%d: %q, %v", i, got, err)
		}
		if !l.Above("") || i > 0 && (l.Above(Levels()[i-1]) || !Levels()[i-1].Above(l)) {
			t.Errorf("%s is out of order", l)
		}
	}
	if _, err := ParseLevel("URGENT"); err == nil || !strings.Contains(err.Error(), "UNSPECIFIED") {
		t.Errorf("%v does not list the levels", err)
	}
}

func TestAStateIsCompliantOrNotOrTheBaselineDecides(t *testing.T) {
	t.Parallel()
	for state, want := range map[State][3]bool{
		Installed:               {true, false, false},
		InstalledOther:          {true, false, false},
		InstalledRejected:       {false, true, false},
		InstalledPendingReboot:  {false, true, false},
		Missing:                 {false, true, true},
		Failed:                  {false, true, true},
		NotApplicable:           {false, false, false},
		AvailableSecurityUpdate: {false, false, false},
		"":                      {false, false, false},
	} {
		if got := [3]bool{state.Compliant(), state.NonCompliant(), state.Outstanding()}; got != want {
			t.Errorf("%q: compliant, non-compliant, outstanding are %v, want %v", state, got, want)
		}
	}
}

func TestAPackageThatWasRemovedIsNotInstalled(t *testing.T) {
	t.Parallel()
	for _, state := range append(packageStates, "") {
		removed := state == "config-files" || state == "not-installed"
		p := Package{Installed: new("1.0"), State: state}
		version, ok := p.InstalledVersion()
		if ok == removed || (version == "1.0") == removed || Removed(state) != removed {
			t.Errorf("%q: %q, %v", state, version, ok)
		}
		p.Installed = nil
		if version, ok := p.InstalledVersion(); ok || version != "" {
			t.Errorf("%q without a version: %q, %v", state, version, ok)
		}
	}
}

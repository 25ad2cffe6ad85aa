package classify

import (
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// A version that dpkg's grammar does not allow costs only itself.
func TestInvalid_version(t *testing.T) {
	for _, bad := range []string{"", "1.0é", "1.0-", "2147483648:1.0", "1.0 1", "x:1", ":1"} {
		t.Run("installed "+bad, func(t *testing.T) {
			p := pkg("p", "1", "1.1 security")
			p.Installed, p.Versions[0].Version = &bad, bad
			r := judged(t, securityOnly(rejected("BLOCK", "p"), approvedAll("p")), scan(0, p))
			got := item(r, "p.amd64")
			if got.State != messages.InstalledOther || got.Version != bad || got.Installed != bad || got.Level != messages.Unspecified || got.Classification != "" {
				t.Errorf("got %+v", got)
			}
			if got.Reason.Code != messages.BecauseVersionInvalid || len(got.Reason.Invalid) != 1 || got.Reason.Invalid[0].Version != bad || got.Reason.Compared != nil {
				t.Errorf("reason %+v", got.Reason)
			}
		})
		t.Run("available "+bad, func(t *testing.T) {
			p := pkg("p", "1.0 release", "1.1 security")
			p.Versions = append(p.Versions, messages.Version{Version: bad, Origins: []int{2}})
			r := judged(t, securityOnly(), scan(0, p))
			wantItem(t, r, "p.amd64", "MISSING 1.1 UNSPECIFIED Security")
			if got := item(r, "p.amd64").Reason.Invalid; len(got) != 1 || got[0].Version != bad || got[0].Why == "" {
				t.Errorf("noted %+v", got)
			}
		})
	}
	t.Run("installed: MISSING where the baseline approves a listed version, at the strongest level", func(t *testing.T) {
		b := securityOnly(rules(filtered(messages.Low), filtered(messages.High, filter1("PRIORITY", "important"))))
		p := but(pkg("p", "1.0é", "1.1 security priority=important", "1.2 security", "1.3 updates"), func(p *messages.Package) { p.Hold = true })
		r := judged(t, b, scan(0, p))
		wantItem(t, r, "p.amd64", "MISSING 1.2 HIGH Security hold")
		wantStatus(t, r, messages.NonCompliant)
		got := item(r, "p.amd64").Reason
		if got.Code != messages.BecauseVersionInvalid || len(got.Invalid) != 1 || got.Invalid[0].Version != "1.0é" || got.Matched == nil {
			t.Errorf("reason %+v", got)
		}
		wantTexts(t, got.Compared, "1.0é", "1.2")
	})
	t.Run("installed: INSTALLED_OTHER where it approves none", func(t *testing.T) {
		wantItem(t, judged(t, securityOnly(), scan(0, pkg("p", "1.0é", "1.1 updates"))), "p.amd64", "INSTALLED_OTHER 1.0é UNSPECIFIED")
	})
	t.Run("installed, with a boot due", func(t *testing.T) {
		wantState(t, judged(t, securityOnly(), asking(scan(0, pkg("p", "1.0é")), true, "p")), "p.amd64", pending)
	})
	t.Run("installed, and a run put a valid one in its place", func(t *testing.T) {
		r := judged(t, securityOnly(), scan(0, pkg("p", "1.0é", "1.1 security")), run(1, "p 1.1 installed"))
		wantItem(t, r, "p.amd64", "INSTALLED 1.1 UNSPECIFIED Security")
	})
	t.Run("beside the state of what is not installed", func(t *testing.T) {
		r := judged(t, securityOnly(approved("p")), scan(0, but(pkg("p", "1.0é", "1.1 security"), state("config-files"))))
		wantItem(t, r, "p.amd64", "NOT_APPLICABLE UNSPECIFIED")
	})
	t.Run("1:2:3 is a version", func(t *testing.T) {
		wantItem(t, judged(t, securityOnly(), scan(0, pkg("p", "1:2", "1:2:3 security"))), "p.amd64", "MISSING 1:2:3 UNSPECIFIED Security")
	})
	t.Run("runs of 25 digits are numbers", func(t *testing.T) {
		const small, large = "1.1000000000000000000000009", "1.1000000000000000000000010"
		wantItem(t, judged(t, securityOnly(), scan(0, pkg("p", small, large+" security"))), "p.amd64", "MISSING "+large+" UNSPECIFIED Security")
		wantItem(t, judged(t, securityOnly(), scan(0, pkg("p", large, small+" security"))), "p.amd64", "INSTALLED_OTHER "+large+" UNSPECIFIED")
	})
	t.Run("the epoch's bound", func(t *testing.T) {
		const most = "2147483647:1"
		wantItem(t, judged(t, securityOnly(), scan(0, pkg("p", "1", most+" security"))), "p.amd64", "MISSING "+most+" UNSPECIFIED Security")
	})
}

// What policy forbids and dpkg orders all the same is ordered, and noted.
func TestVersion_that_policy_forbids(t *testing.T) {
	for _, row := range []struct {
		name   string
		events []messages.Event
		want   string
		noted  []string
	}{
		{"installed", []messages.Event{scan(0, pkg("p", "3.0_beta", "3.1-1 security"))}, "MISSING 3.1-1 UNSPECIFIED Security", []string{"3.0_beta"}},
		{"installed, and newest", []messages.Event{scan(0, pkg("p", "3.1_beta security", "3.0-1 security"))}, "INSTALLED 3.1_beta UNSPECIFIED Security", []string{"3.1_beta"}},
		{"available", []messages.Event{scan(0, pkg("p", "3.0", "3.1_1 security"))}, "MISSING 3.1_1 UNSPECIFIED Security", []string{"3.1_1"}},
		{"tried", []messages.Event{scan(0, pkg("p", "3.0")), run(1, "p 3.1_1 failed unpack")}, "FAILED 3.1_1 UNSPECIFIED", []string{"3.1_1"}},
		{"tried, of what no scan lists", []messages.Event{scan(0), run(1, "p 3.1_1 failed unpack")}, "FAILED 3.1_1 UNSPECIFIED", []string{"3.1_1"}},
		{"installed by a run", []messages.Event{scan(0, pkg("p", "3.0", "3.1_1 security")), run(1, "p 3.1_1 installed")}, "INSTALLED 3.1_1 UNSPECIFIED Security", []string{"3.1_1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, securityOnly(), row.events...)
			wantItem(t, r, "p.amd64", row.want)
			var noted []string
			for _, v := range item(r, "p.amd64").Reason.Invalid {
				noted = append(noted, v.Version)
			}
			wantTexts(t, noted, row.noted...)
		})
	}
}

package classify

import (
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// A version that dpkg's grammar does not allow costs only itself.
func TestInvalid_version(t *testing.T) {
	for _, bad := range []string{"", "1.0é", "1.0-", "2147483648:1.0", "1.0 1", ":1", "1_0"} {
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
	t.Run("installed, with a boot due", func(t *testing.T) {
		wantState(t, judged(t, securityOnly(), asking(scan(0, pkg("p", "1.0-")), true, "p")), "p.amd64", pending)
	})
	t.Run("installed, and a run put a valid one in its place", func(t *testing.T) {
		r := judged(t, securityOnly(), scan(0, pkg("p", "1.0-", "1.1 security")), run(1, "p 1.1 installed"))
		wantItem(t, r, "p.amd64", "INSTALLED 1.1 UNSPECIFIED Security")
	})
	t.Run("beside the state of what is not installed", func(t *testing.T) {
		r := judged(t, securityOnly(approved("p")), scan(0, but(pkg("p", "1.0-", "1.1 security"), state("config-files"))))
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

package cli

import (
	"os"
	"testing"
	"time"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
)

func TestAnOverrideEndsAsTheSettingsSayWhereNobodySaysWhen(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now()))))
	s.knows(t, 1)
	ends := func(after time.Duration, args ...string) {
		t.Helper()
		must(t, s.ask(t, append([]string{"override", "set", "web-1", "bash", "MISSING", "--reason", "CHG-8"}, args...)...))
		var list []struct {
			ExpiresAt *time.Time `json:"expires_at"`
		}
		eventually(t, func() bool {
			decode(t, must(t, s.ask(t, "override", "list", "web-1", "-o", "json")), &list)
			if len(list) != 1 {
				return false
			}
			at := list[0].ExpiresAt
			if after == 0 {
				return at == nil || at.IsZero()
			}
			return at != nil && time.Until(*at) < after && time.Until(*at) > after-time.Hour
		}, "it ends after "+after.String())
	}
	ends(90 * day)
	ends(0, "--expires", "never")
	must(t, s.ask(t, "settings", "set", "override_expires", "10d"))
	ends(10 * day)
	ends(2*day, "--expires", "2d")
}

func TestWhoDecidesIsTheKeyWithWhatIsClaimedBesideIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, call(t, "auth", "init", "--dir", dir))
	given := func(string) bool { return false }
	key := &dial.Target{Nkey: dir + "/keys/operator-admin.nk", Given: given}
	if _, err := os.Stat(key.Nkey); err != nil {
		t.Fatal(err)
	}
	nobody := &dial.Target{Given: given}
	for _, c := range []struct {
		target *dial.Target
		given  bool
		want   string
	}{
		{key, false, "operator-admin"}, {key, true, "operator-admin (claims to be ops)"}, {nobody, false, "ops"}, {nobody, true, "ops"},
	} {
		if got := by(c.target, "ops", c.given); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

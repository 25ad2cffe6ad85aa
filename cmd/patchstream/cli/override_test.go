package cli

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAnOverrideEndsAsTheSettingsSayWhereNobodySaysWhen(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now()))))
	s.knows(t, 1)
	ends := func(after time.Duration, args ...string) {
		t.Helper()
		must(t, s.ask(t, append([]string{"override", "set", "web-1", "bash", "MISSING", "--reason", "CHG-8"}, args...)...))
		eventually(t, func() bool {
			var list []struct { // anew each time: what an answer leaves out would stay as the one before had it
				ExpiresAt *time.Time `json:"expires_at"`
			}
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

// The server says whose key it is: the file of the seed may be called as it likes.
func TestWhoDecidesIsTheUserOfTheKeyWithWhatIsClaimedBesideIt(t *testing.T) {
	t.Parallel()
	g := guarded(t)
	must(t, live(t, "auth", "operator", "alice", "--dir", g.dir))
	eventually(t, func() bool { return strings.Contains(g.stderr.String(), "read the users again") }, "it reads the users")
	seed := write(t, "mallory.nk", readFile(t, g.seed("operator-alice")))
	alice := func(args ...string) string { return must(t, g.ask(t, append(args, "--nkey", seed)...)) }
	must(t, g.as(t, "host-"+host, "publish", "scan", freshOf(t, host, "")))
	eventually(t, func() bool { return g.as(t, "operator-admin", "status", host).code == exitDone }, "the host is known")
	alice("settings", "set", "scan_max_age", "3d")
	alice("override", "set", host, "openssl", "MISSING", "--reason", "CHG-8", "--by", "bob")
	alice("host", "group", host, "web")
	must(t, g.as(t, "operator-admin", "host", "retire", host))
	var decided []struct{ What, By string }
	eventually(t, func() bool {
		decode(t, alice("audit", "-o", "json"), &decided)
		return len(decided) == 4
	}, "four decisions are noted")
	by := make([]string, 0, len(decided))
	for _, d := range decided {
		by = append(by, d.By)
	}
	slices.Sort(by)
	if want := []string{"admin", "alice", "alice", "alice (claims to be bob)"}; !slices.Equal(by, want) {
		t.Errorf("%q, want %q", by, want)
	}
}

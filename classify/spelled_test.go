package classify

import (
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// Of a version in two spellings the reason names the one that came nearest to being accepted.
func TestASpellingThatCameNearestIsNamed(t *testing.T) {
	b := securityOnly(rules(filtered(messages.High, filter1("SECTION", "net"))))
	i := item(judged(t, b, scan(0, pkg("p", "1.2 release section=utils", "0:1.2 release section=net"))), "p.amd64")
	if s := i.Reason.Stopped; s == nil || s.Version != "0:1.2" || s.By != messages.StoppedBySecurity {
		t.Errorf("it is stopped by %+v", s)
	}
}

// What a run installed is one with what the scan lists above the version before, in another spelling.
func TestWhatARunInstalledHasWhatItsOtherSpellingHas(t *testing.T) {
	b := securityOnly(rules(filtered(messages.High, filter1("SECTION", "net"))))
	r := judged(t, b, scan(0, pkg("p", "1.0 release", "0:1.2 security section=net")), run(0.5, "p 1.2 installed"))
	wantItem(t, r, "p.amd64", "INSTALLED 1.2 HIGH Security")
}

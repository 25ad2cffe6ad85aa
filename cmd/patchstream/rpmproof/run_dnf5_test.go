//go:build linux

package rpmproof

import (
	"syscall"
	"testing"
)

func TestRunsOfDNF5(t *testing.T) {
	for _, c := range []situation{
		{
			name: "a script fails before", argv: "upgrade acme-ok acme-pre", code: 1,
			told:    []string{"failed acme-meta 1.0-1>1.1-1 resolve", "installed acme-ok 1.0-1>1.1-1", "failed acme-pre 1.0-1>1.1-1 pre"},
			reasons: map[string]string{"acme-meta": "acme-pre = 1.1-1 is needed", "acme-pre": "exit status 3: acme-pre: licence server not reachable"},
			states:  "acme-ok INSTALLED 1.1-1\nacme-pre FAILED 1.1-1",
		},
		{
			name: "a script fails after", argv: "upgrade acme-ok acme-post", code: 1,
			told:    []string{"installed acme-ok 1.0-1>1.1-1", "installed acme-post 1.0-1>1.1-1 post"},
			reasons: map[string]string{"acme-post": "exit status 4: acme-post: cannot migrate database"},
			failure: "Transaction failed", states: "acme-ok INSTALLED 1.1-1\nacme-post INSTALLED 1.1-1",
		},
		{
			name: "the old version stays", argv: "upgrade acme-ok acme-preun", code: 1,
			told:    []string{"installed acme-ok 1.0-1>1.1-1", "failed acme-preun 1.0-1>1.1-1 duplicate"},
			reasons: map[string]string{"acme-preun": "acme-preun: service does not stop"},
			states:  "acme-ok INSTALLED 1.1-1\nacme-preun FAILED 1.1-1",
		},
		{
			name: "killed", argv: "upgrade acme-slow acme-zlast", code: 137,
			disturb: startedBy("var/log/dnf5.log", `start %post scriptlet "acme-slow`, syscall.SIGKILL),
			told:    []string{"failed acme-slow 1.0-1>1.1-1 duplicate", "not_attempted acme-zlast 1.0-1>1.1-1"},
			reasons: map[string]string{"acme-slow": "killed", "acme-zlast": "killed"},
			states:  "acme-slow FAILED 1.1-1\nacme-zlast MISSING 1.1-1",
		},
		{
			name: "one package holds up all", argv: "upgrade needs-missing twonotices", code: 1,
			told:    []string{"failed needs-missing 1.0-1.el9>2.0-1.el9 resolve", "not_attempted twonotices 1.0-1.el9>1.2-1.el9 resolve"},
			reasons: map[string]string{"needs-missing": "nothing provides libmissing.so.1", "twonotices": "refused because of needs-missing.x86_64"},
			states:  "needs-missing FAILED 2.0-1.el9\ntwonotices MISSING 1.2-1.el9",
		},
		{
			name: "a package is excluded", argv: "upgrade excluded", code: 1,
			told: []string{"skipped excluded 1.0-1.el9>1.1-1.el9"}, reasons: map[string]string{"excluded": "excluded"},
			failure: "matches only excluded packages", states: "excluded MISSING 1.1-1.el9",
		},
		{
			name: "a package is not signed", argv: "--setopt=unsigned.pkg_gpgcheck=1 --setopt=unsigned.gpgcheck=1 upgrade tool-u twonotices", code: 1,
			told:    []string{"failed tool-u 1.0-1>1.1-1 verify", "not_attempted twonotices 1.0-1.el9>1.2-1.el9 verify"},
			reasons: map[string]string{"tool-u": "The package is not signed"},
			states:  "tool-u INSTALLED_OTHER 1.0-1\ntwonotices MISSING 1.2-1.el9",
		},
		{
			name: "the disk has too little room", argv: "upgrade acme-big acme-ok", code: 1,
			prepare: func(h *host) { h.shrink("10m") },
			told:    []string{"failed acme-big 1.0-1>1.1-1 test", "not_attempted acme-ok 1.0-1>1.1-1 test"},
			reasons: map[string]string{"acme-big": "more space on the ", "acme-ok": "refused because of acme-big"},
			states:  "acme-big FAILED 1.1-1\nacme-ok MISSING 1.1-1",
		},
		{name: "removed", argv: "remove acme-post", good: true, told: []string{"removed acme-post 1.0-1"}, states: "acme-post MISSING 1.1-1", after: "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(fiveLinux.failing(t, "dnf5"), "dnf5", "-y") })
	}
}

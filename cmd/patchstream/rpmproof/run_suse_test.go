//go:build linux

package rpmproof

import (
	"syscall"
	"testing"
)

func TestRunsOfZypper(t *testing.T) {
	for _, c := range []situation{
		{
			name: "a patch", argv: "install -t patch RHSA-2024:0906", good: true,
			told: []string{"installed secunder 1.0-1.el9>1.2-1.el9"}, states: "secunder INSTALLED 1.2-1.el9",
		},
		{
			name: "a script fails before, and zypper stops", argv: "update acme-ok acme-pre sudo", code: 8,
			told: []string{
				"not_attempted acme-meta 1.0-1>1.1-1", "installed acme-ok 1.0-1>1.1-1", "failed acme-pre 1.0-1>1.1-1 pre",
				"not_attempted sudo 1.9.5p2-9.el9>1.9.5p2-10.el9_3",
			},
			reasons: map[string]string{"acme-pre": "exit status 3: acme-pre: licence server not reachable", "sudo": "aborted by acme-pre.noarch"},
			states:  "acme-ok INSTALLED 1.1-1\nacme-pre FAILED 1.1-1",
		},
		{
			name: "a script fails after", argv: "update acme-ok acme-post", code: 107, good: true,
			told:    []string{"installed acme-ok 1.0-1>1.1-1", "installed acme-post 1.0-1>1.1-1 post"},
			reasons: map[string]string{"acme-post": "exit status 4: acme-post: cannot migrate database"},
			states:  "acme-ok INSTALLED 1.1-1\nacme-post INSTALLED 1.1-1",
		},
		{
			name: "the old version stays", argv: "update acme-ok acme-preun", code: 8,
			told:    []string{"installed acme-ok 1.0-1>1.1-1", "failed acme-preun 1.0-1>1.1-1 duplicate"},
			reasons: map[string]string{"acme-preun": "acme-preun: service does not stop"},
			states:  "acme-ok INSTALLED 1.1-1\nacme-preun FAILED 1.1-1",
		},
		{
			name: "a boot is needed", argv: "install -t patch RHSA-2024:2394", code: 102, good: true,
			told:   []string{"installed kernel-core 5.14.0-362.13.1.el9_3>5.14.0-427.13.1.el9_4"},
			states: "kernel-core INSTALLED_PENDING_REBOOT 5.14.0-427.13.1.el9_4",
		},
		{
			name: "a package is locked", argv: "install -t patch RHSA-2024:0901", code: 4,
			told: []string{"skipped locked 1.0-1.el9>1.1-1.el9"}, reasons: map[string]string{"locked": "lock"},
			failure: "dependencies: Problem: ", states: "locked MISSING 1.1-1.el9",
		},
		{
			name: "nothing provides what it requires", argv: "install -t patch RHSA-2024:0900", code: 4,
			told: []string{"failed needs-missing 1.0-1.el9>2.0-1.el9 resolve"}, states: "needs-missing FAILED 2.0-1.el9",
			reasons: map[string]string{"needs-missing": "nothing provides libmissing.so.1"},
		},
		{
			name: "killed, and the rpm that it had started ends its work", argv: "update acme-ok acme-slow acme-zlast", code: 137,
			disturb: started(syscall.SIGKILL, childOf),
			told:    []string{"installed acme-ok 1.0-1>1.1-1", "installed acme-slow 1.0-1>1.1-1", "not_attempted acme-zlast 1.0-1>1.1-1"},
			reasons: map[string]string{"acme-zlast": "killed"}, failure: "killed",
			states: "acme-ok INSTALLED 1.1-1\nacme-slow INSTALLED 1.1-1\nacme-zlast MISSING 1.1-1",
		},
		{name: "removed", argv: "remove acme-post", good: true, told: []string{"removed acme-post 1.0-1"}, states: "acme-post MISSING 1.1-1", after: "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(sles.host(t), "zypper", "--non-interactive") })
	}
}

package rpm

import (
	"strings"

	"github.com/patchstream/patchstream/classify/version"
)

// nevra names one version of a package, as rpm and the managers print it:
//
//	sudo-1.9.5p2-10.el9_3.x86_64
//	openssl-libs-1:3.0.7-27.el9.x86_64
//	acme-pre-0:1.1-1.noarch                dnf5, of no epoch
//	sudo-1.9.5p2-10.el9_3.x86_64.rpm
type nevra struct {
	nameArch
	evr string // without an epoch where it is 0
}

// parseNEVRA reads one, and returns false for a text that is none.
func parseNEVRA(text string) (nevra, bool) {
	text = strings.TrimSuffix(text, ".rpm")
	dot := strings.LastIndexByte(text, '.')
	if dot < 0 {
		return nevra{}, false
	}
	rest, arch := text[:dot], text[dot+1:]
	release := strings.LastIndexByte(rest, '-')
	if release <= 0 {
		return nevra{}, false
	}
	at := strings.LastIndexByte(rest[:release], '-')
	if at <= 0 {
		return nevra{}, false
	}
	n := nevra{nameArch{rest[:at], arch}, rest[at+1:]}
	if !legalName(n.name) || !legalArch(arch) || version.ValidRPM(n.evr) != nil {
		return nevra{}, false
	}
	n.evr = canonical(n.evr)
	return n, true
}

// legalName tells whether a word may be the name of a package.
func legalName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-") == ""
}

// noArch is the architecture of a package for all.
const noArch = "noarch"

// standsIn tells whether one architecture takes the place of the other in an upgrade: noarch and a machine's own do, two
// machines' do not.
func standsIn(a, b string) bool { return a != b && (a == noArch || b == noArch) }

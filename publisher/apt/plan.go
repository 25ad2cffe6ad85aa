package apt

import (
	"fmt"
	"io"
	"strings"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/publisher/host"
)

// apt-get -s says what the same command without -s would do. Below the lists of names (see [parseUpgrade]) comes
// a line for each step, in the order in which apt would take it:
//
//	Inst libc6:i386 [2.36-9] (2.36-9+deb12u14 Debian-Security:12/stable-security [i386]) [bash:amd64 ]
//	Inst apparmor (3.0.8-3 Debian:12.15/oldstable [amd64])
//	Conf acme-post (1.1-1 Acme:stable [all])
//	Remv acme-old [1.0-1]
//	Purg acme-old [1.0-1]
//
// The version on the host is in the first brackets, the new one the first word in parentheses, its architecture
// the last; what stands behind tells of dependencies that do not hold in between. A package that only waits to
// be configured has a Conf line and no Inst line.

// packageID is a package in one architecture, the native one for "all".
type packageID struct{ name, arch string }

func idOf(s *host.Step) packageID { return packageID{s.Name, s.Arch} }

// Why apt leaves a package of which there is a newer version.
const (
	reasonKeptBack = "kept back" // apt says no more
	reasonPhased   = "phased"    // with the percentage behind it, where that is known
	reasonHeld     = "held"
)

// keepReason decides which reason is told: a hold is the host's own wish, and a percentage says more than the
// heading under which apt lists the package. on is nil where the package is not on the host.
func keepReason(heading string, on *installedPackage, phased int) string {
	switch {
	case on != nil && on.want == "hold":
		return reasonHeld
	case 0 <= phased && phased < 100:
		return fmt.Sprintf("%s: %d%%", reasonPhased, phased)
	}
	return heading
}

// parsePlan reads what apt-get -s says. A step that cannot be read is an error: it may hide a package.
func parsePlan(r io.Reader, native string) (*host.Plan, error) {
	b := planBuilder{at: map[packageID]int{}}
	reason := ""
	lines := linesOf(r)
	for lines.Scan() {
		line := strings.ToValidUTF8(lines.Text(), "\uFFFD")
		switch {
		case strings.HasPrefix(line, "The following upgrades have been deferred due to phasing:"):
			reason = reasonPhased
		case isKeptHeading(line):
			reason = reasonKeptBack
		case reason != "" && strings.HasPrefix(line, "  "):
			b.keep(strings.Fields(line), native, reason)
		default:
			reason = ""
			if err := b.step(line, native); err != nil {
				return nil, err
			}
		}
	}
	return &b.plan, lines.Err()
}

type planBuilder struct {
	plan host.Plan
	at   map[packageID]int // position in the plan
}

func (b *planBuilder) keep(names []string, native, reason string) {
	for _, name := range names {
		base, arch := cutArch(strings.ToLower(name))
		if arch == "" {
			arch = native
		}
		if legalName(base) && legalArch(arch) {
			b.add(host.Step{Action: host.ActionKeep, Name: base, Arch: arch, Reason: reason})
		}
	}
}

// step reads a line, where it is one of a step.
func (b *planBuilder) step(line, native string) error {
	word, rest, _ := strings.Cut(line, " ")
	var action host.Action
	switch word {
	case "Inst":
		action = host.ActionInstall
	case "Conf":
		action = host.ActionConfigure
	case "Remv", "Purg":
		action = host.ActionRemove
	default:
		return nil
	}
	s, ok := parseStep(rest, native)
	if !ok || action == host.ActionInstall && s.To == "" {
		return fmt.Errorf("no step of a plan: %.200q", line)
	}
	s.Action = action
	b.add(s)
	return nil
}

// add keeps what the steps of a package come down to: it may be removed to make way and then installed, and is
// configured after either.
func (b *planBuilder) add(s host.Step) {
	i, twice := b.at[idOf(&s)]
	switch {
	case !twice:
		b.at[idOf(&s)] = len(b.plan.Steps)
		b.plan.Steps = append(b.plan.Steps, s)
	case s.Action == host.ActionInstall, s.Action == host.ActionRemove && b.plan.Steps[i].Action != host.ActionInstall:
		b.plan.Steps[i] = s
	}
}

// parseStep reads "name[:arch] [from] (to origins [arch])…", of which the brackets and the parentheses may be
// absent.
func parseStep(text, native string) (host.Step, bool) {
	name, rest, _ := strings.Cut(text, " ")
	s := host.Step{Arch: native}
	s.Name, s.Arch, _ = strings.Cut(strings.ToLower(name), ":")
	if strings.HasPrefix(rest, "[") {
		s.From, rest, _ = strings.Cut(rest[1:], "]")
		rest = strings.TrimPrefix(rest, " ")
	}
	if inner, ok := strings.CutPrefix(rest, "("); ok {
		inner, _, _ = strings.Cut(inner, "])")
		s.To, _, _ = strings.Cut(inner, " ")
		s.To = strings.TrimSuffix(s.To, ")")
		if open := strings.LastIndexByte(inner, '['); open >= 0 && s.Arch == "" {
			s.Arch = inner[open+1:]
		}
	}
	if s.Arch == "" || s.Arch == "all" {
		s.Arch = native
	}
	legal := legalName(s.Name) && legalArch(s.Arch) &&
		(s.From == "" || version.ValidDeb(s.From) == nil) && (s.To == "" || version.ValidDeb(s.To) == nil)
	return s, legal
}

package apt

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// apt-cache policy prints what apt makes of a package:
//
//	sec-phased:
//	  Installed: 1.0-1
//	  Candidate: 1.2-1
//	  Version table:
//	     1.2-1 500 (phased 10%)
//	        500 http://archive.ubuntu.com/ubuntu jammy-updates/main amd64 Packages
//	        500 http://security.ubuntu.com/ubuntu jammy-security/main amd64 Packages
//	 *** 1.0-1 100
//	        100 /var/lib/dpkg/status
//
// The heading is the bare name for the native architecture, and name:i386 for a foreign one. "(none)" stands
// for no version; a version that is there twice (rebuilt under the same number) comes twice. A version line has
// its version in the sixth column, a source line further to the right, and a version's pin may be negative.
// A package that apt does not know is left out without a word.

// policy is what apt makes of one package.
type policy struct {
	name, arch string // arch "": the native one
	candidate  string
	versions   []policyVersion
}

// phased returns the percentage of the candidate, -1 where it has none.
func (p *policy) phased() int {
	for _, v := range p.versions {
		if v.version == p.candidate && v.phased >= 0 {
			return v.phased
		}
	}
	return -1
}

// policyVersion is one line of the version table.
type policyVersion struct {
	version string
	pin     int
	phased  int      // -1: it does not say
	sources []string // the archives' indices that carry it, see [target]; none: dpkg's status file alone
}

// policyArguments is how many packages one call is asked about.
const policyArguments = 2000

// askPolicy asks about the packages (name:arch), as few times as may be, and hands each answer over.
func askPolicy(ctx context.Context, t *toolbox, status string, names []string, each func(*policy) error) error {
	for len(names) > 0 {
		n := min(len(names), policyArguments)
		args := append([]string{"policy"}, names[:n]...)
		names = names[n:]
		err := t.apt(ctx, func(r io.Reader) error { return parsePolicy(r, status, each) }, "apt-cache", args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// parsePolicy reads the answer. status is the path of dpkg's status file, as the table names it.
func parsePolicy(r io.Reader, status string, each func(*policy) error) error {
	var p *policy
	flush := func() error {
		if p == nil {
			return nil
		}
		return each(p)
	}
	lines := linesOf(r)
	for lines.Scan() {
		line := strings.ToValidUTF8(lines.Text(), "\uFFFD")
		if name, isHead := strings.CutSuffix(line, ":"); isHead && name != "" && name[0] != ' ' {
			if err := flush(); err != nil {
				return err
			}
			p = &policy{}
			p.name, p.arch, _ = strings.Cut(name, ":")
			continue
		}
		if p == nil {
			return fmt.Errorf("no package before %.200q", line)
		}
		if err := p.add(line, status); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return flush()
}

// add reads a line below the heading.
func (p *policy) add(line, status string) error {
	switch {
	case strings.HasPrefix(line, "  Candidate: "):
		if p.candidate = strings.TrimPrefix(line, "  Candidate: "); p.candidate == "(none)" {
			p.candidate = ""
		}
	case len(line) > 5 && (line[:5] == " *** " || line[:5] == "     ") && line[5] != ' ':
		return p.addVersion(line[5:])
	case strings.HasPrefix(line, "      ") && len(p.versions) > 0:
		_, source, _ := strings.Cut(strings.TrimSpace(line), " ") // behind the pin
		v := &p.versions[len(p.versions)-1]
		if source != status && !strings.HasPrefix(source, "/") { // a path by which apt's configuration does not name it
			v.sources = append(v.sources, source)
		}
	}
	return nil
}

// addVersion reads "version pin", perhaps with "(phased n%)" behind. An archive may write a blank into a version, and apt
// takes it: the pin is what stands last.
func (p *policy) addVersion(text string) error {
	phased := ""
	if i := strings.LastIndex(text, " (phased "); i >= 0 && strings.HasSuffix(text, "%)") {
		text, phased = text[:i], text[i+len(" (phased "):]
	}
	text = strings.TrimSpace(text)
	i := strings.LastIndexByte(text, ' ')
	if i < 0 {
		return fmt.Errorf("no version and pin in %.200q", text)
	}
	pin, err := strconv.Atoi(text[i+1:])
	if err != nil {
		return fmt.Errorf("no pin in %.200q", text)
	}
	if len(p.versions) == maxPolicyVersions {
		return fmt.Errorf("more than %d versions of %s", maxPolicyVersions, p.name)
	}
	version := strings.TrimSpace(text[:i])
	p.versions = append(p.versions, policyVersion{version: version, pin: pin, phased: phasedIn(phased)})
	return nil
}

// maxPolicyVersions bounds what is kept of one package before the newest are chosen.
const maxPolicyVersions = 10_000

// phasedIn reads "10%)"; -1: there is no such number.
func phasedIn(text string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "%)"))
	if err != nil || n < 0 || n > 100 {
		return -1
	}
	return n
}

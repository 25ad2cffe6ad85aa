package rpm

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// repository is one that is enabled.
type repository struct {
	id, name string
	url      string // metalink, else mirror list, else the first base URL, variables replaced: what its cache is named by
	dir      string // with the metadata in the cache; empty: there is none

	gpgcheck bool // what it carries, or its metadata, must be signed
	pkgs     int  // packages that it carries, -1: not told
	never    bool // it is asked for once and never again
}

// offer is a version of a package that a repository carries.
type offer struct {
	nameArch
	evr     string // canonical
	repo    string // its id
	builtAt time.Time
}

// opinions are what the package manager makes of the versions that there are.
type opinions struct {
	candidates map[nameArch]string // the version that an upgrade would install
	kept       map[nameArch]string // the version that the resolver leaves
	locked     []string            // names of packages, or patterns of such, that stay at their version
	sideBySide map[string]bool     // names of packages that stand in several versions on purpose
	needed     map[string]string   // ids of notices that the package manager finds open, with their repositories; nil: it was not asked
	notes      []string            // what it does not say
}

// offerSeparator stands between the fields of an offer: dnf 5 prints \t as two letters.
const offerSeparator = "|"

// offerFormat is what repoquery is asked to print of each package:
//
//	sudo|0:1.9.5p2-10.el9_3|x86_64|baseos|2024-02-01 00:00
//
// The last is the build time: to the minute in UTC by dnf 4, in seconds by dnf 5.
const offerFormat = "%{name}|%{epoch}:%{version}-%{release}|%{arch}|%{repoid}|%{buildtime}"

const maxOffers = 2_000_000

// parseOffers hands repoquery's lines to take. One that is no offer is an error: it may hide a version.
func parseOffers(r io.Reader, take func(offer)) error {
	lines, n := linesOf(r), 0
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			continue
		}
		f := strings.Split(line, offerSeparator)
		if len(f) < 5 || f[0] == "" || f[3] == "" || !legalArch(f[2]) {
			return fmt.Errorf("repoquery prints %.200q, which is no package", line)
		}
		if n++; n > maxOffers {
			return fmt.Errorf("the repositories carry more than %d packages", maxOffers)
		}
		take(offer{nameArch{f[0], f[2]}, canonical(f[1]), f[3], buildTime(f[4])})
	}
	return lines.Err()
}

func buildTime(text string) time.Time {
	if at, err := time.Parse("2006-01-02 15:04", text); err == nil {
		return host.KnownTime(at)
	}
	return seconds(text)
}

// parseUpdates reads check-update, whose words come in threes, in lines or, where a name is long, in several:
//
//	bash.x86_64               5.1.8-9.el9                                 baseos
//	Obsoleting Packages
//	newtool.x86_64            2.0-1.el9                                   baseos
//	    oldtool.x86_64        1.0-1.el9                                   @System
//
// What obsoletes another is no version of it, and left out. dnf 5 writes a heading.
func parseUpdates(r io.Reader) (map[nameArch]string, error) {
	candidates := map[nameArch]string{}
	var row []string
	lines := linesOf(r)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "Obsoleting Packages" || line == "Obsoletes":
			return candidates, endOfRow(row)
		case line == "Upgrades" || strings.HasPrefix(line, "Security: "): // the latter of a kernel that waits for a boot
			continue
		}
		for _, word := range strings.Fields(line) {
			if row = append(row, word); len(row) < 3 {
				continue
			}
			key, err := cutArch(row[0])
			if err != nil {
				return nil, err
			}
			if evr := canonical(row[1]); candidates[key] == "" || compareNewest(evr, candidates[key]) < 0 {
				candidates[key] = evr
			}
			row = row[:0]
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return candidates, endOfRow(row)
}

func endOfRow(row []string) error {
	if len(row) > 0 {
		return fmt.Errorf("check-update prints %.200q, which is no package", strings.Join(row, " "))
	}
	return nil
}

// cutArch splits name.arch.
func cutArch(text string) (nameArch, error) {
	dot := strings.LastIndexByte(text, '.')
	if dot <= 0 || !legalArch(text[dot+1:]) {
		return nameArch{}, fmt.Errorf("%.200q names no package and architecture", text)
	}
	return nameArch{text[:dot], text[dot+1:]}, nil
}

// parseSkipped reads of a plan what the resolver leaves, be it for what it requires or for a conflict:
//
//	Skipping packages with broken dependencies:
//	 needs-missing x86_64 2.0-1.el9                                baseos     5.7 k
//
//	Transaction Summary
//
// A long name stands in a line of its own. The table is for people: what is no row of it is passed over.
func parseSkipped(r io.Reader) (map[nameArch]string, error) {
	kept := map[nameArch]string{}
	var words []string
	inside := false
	lines := linesOf(r)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "Skipping packages"):
			inside = true
		case !strings.HasPrefix(line, " "): // a heading, or the empty line behind the table
			inside = false
		case inside:
			words = append(words, strings.Fields(line)...)
		}
	}
	for i := 0; i+3 < len(words); i++ {
		if evr := canonical(words[i+2]); legalArch(words[i+1]) && strings.Contains(evr, "-") {
			kept[nameArch{words[i], words[i+1]}] = evr
			i += 3
		}
	}
	return kept, lines.Err()
}

// parseNames reads names of packages, one a line.
func parseNames(r io.Reader) (map[string]bool, error) {
	names := map[string]bool{}
	lines := linesOf(r)
	for lines.Scan() {
		if name := strings.TrimSpace(lines.Text()); name != "" {
			names[name] = true
		}
	}
	return names, lines.Err()
}

var errNoRepository = errors.New("no repository is enabled: nobody can say what could be installed")

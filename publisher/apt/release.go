package apt

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// A Release file describes a repository, and lists its index files with checksum and size. As InRelease it has
// an OpenPGP signature around it, which apt checked when it fetched the file:
//
//	-----BEGIN PGP SIGNED MESSAGE-----
//	Hash: SHA256
//
//	Suite: stable-security
//	Date: Sat, 02 May 2026 06:46:13 UTC
//	Valid-Until: Sat, 09 May 2026 06:46:13 UTC
//	Architectures: all amd64 arm64
//	No-Support-for-Architecture-all: Packages
//	SHA256:
//	 5b2e3f…9a   1824213 main/binary-amd64/Packages
//	 77c1d0…31    401442 main/binary-amd64/Packages.xz
//	-----BEGIN PGP SIGNATURE-----
//
// apt does not fetch an index of zero bytes, none of an architecture that is not named, and the one of "all"
// only where the architectures name it and No-Support-for-Architecture-all does not take it back.

// release is what is needed of a Release file.
type release struct {
	date, validUntil time.Time
	archs            []string // empty: it does not say, which is any
	noAll            bool     // packages of architecture all are in the other indices
	sizes            map[string]int64
}

// readRelease reads the Release file of a repository, the signed one first, as apt does. nil: there is none.
// base is what its path begins with; of the sizes those that want asks for are kept.
func readRelease(base string, want func(name string) bool) (*release, error) {
	for _, name := range []string{"InRelease", "Release"} {
		f, err := os.Open(base + name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		rel, err := parseRelease(f, want)
		_ = f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s%s: %w", base, name, err)
		}
		return rel, nil
	}
	return nil, nil
}

// parseRelease reads a Release or InRelease file.
func parseRelease(r io.Reader, want func(name string) bool) (*release, error) {
	rel := &release{sizes: map[string]int64{}}
	inHeader := false
	lines := linesOf(r)
	for lines.Scan() {
		line := strings.TrimPrefix(lines.Text(), "- ") // how a signed text begins a line that has a dash there
		switch {
		case strings.HasPrefix(line, "-----BEGIN PGP SIGNED MESSAGE"):
			inHeader = true // Hash: and the like, up to an empty line
		case strings.HasPrefix(line, "-----BEGIN PGP SIGNATURE"):
			return rel, nil
		case inHeader:
			inHeader = strings.TrimSpace(line) != ""
		case strings.HasPrefix(line, " "):
			rel.addSize(line, want)
		default:
			rel.addField(line)
		}
	}
	return rel, lines.Err()
}

func (rel *release) addField(line string) {
	key, value, _ := strings.Cut(line, ":")
	switch value = strings.TrimSpace(value); strings.ToLower(key) {
	case "date":
		rel.date = parseReleaseDate(value)
	case "valid-until":
		rel.validUntil = parseReleaseDate(value)
	case "architectures":
		rel.archs = strings.Fields(value)
	case "no-support-for-architecture-all":
		rel.noAll = slices.Contains(strings.Fields(value), "Packages")
	}
}

func (rel *release) addSize(line string, want func(string) bool) {
	fields := strings.Fields(line)
	if len(fields) != 3 || !want(fields[2]) {
		return
	}
	if size, err := strconv.ParseInt(fields[1], 10, 64); err == nil && size >= 0 {
		rel.sizes[fields[2]] = size
	}
}

// parseReleaseDate reads the time format of Release files, an RFC 1123 date in UTC, with the freedoms that apt
// takes; zero for anything else.
func parseReleaseDate(text string) time.Time {
	for _, zone := range []string{" UTC", " GMT", " Z"} {
		text = strings.TrimSuffix(text, zone)
	}
	for _, layout := range []string{"Mon, 2 Jan 2006 15:04:05", "Mon, 2 Jan 2006 15:04:05 -0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return host.KnownTime(t)
		}
	}
	return time.Time{}
}

// promises tells whether apt, having fetched this Release file, must have that target's index too.
func (rel *release) promises(t *target) bool {
	if !rel.supports(t.arch) {
		return false
	}
	if size, listed := rel.sizes[t.metaKey]; listed {
		return size > 0
	}
	for name, size := range rel.sizes {
		if strings.HasPrefix(name, t.metaKey+".") && size > 0 {
			return true
		}
	}
	return false
}

func (rel *release) supports(arch string) bool {
	if arch == "all" && rel.noAll {
		return false
	}
	return arch == "" || len(rel.archs) == 0 || slices.Contains(rel.archs, arch)
}

package apt

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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
// apt does not fetch an index of zero bytes, none of an architecture that is not named, the one of "all" only where
// the architectures name it and No-Support-for-Architecture-all does not take it back, none that is listed in
// compressed form alone, and none that only MD5 and SHA1 sums stand for.

// release is what is needed of a Release file.
type release struct {
	suite, codename, label, origin string

	date, validUntil time.Time
	archs            []string // empty: it does not say, which is any
	noAll            bool     // packages of architecture all are in the other indices
	sizes            map[string]int64
	strong           map[string]bool // those with a checksum that apt relies on
}

// maxReleaseBytes bounds what is read of a Release file; the largest archives' have 3 MB.
const maxReleaseBytes = 256 << 20

// readRelease reads the Release file of a repository, the signed one first, as apt does. nil: there is none.
// base is what its path begins with; of the sizes those that want asks for are kept.
func readRelease(base string, want func(name string) bool) (*release, error) {
	for _, name := range []string{"InRelease", "Release"} {
		f, err := host.OpenRegular(base + name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		rel, err := parseRelease(io.LimitReader(f, maxReleaseBytes), want)
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
	rel := &release{sizes: map[string]int64{}, strong: map[string]bool{}}
	inHeader := false
	field := ""
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
			rel.addSize(field, line, want)
		default:
			field = rel.addField(line)
		}
	}
	return rel, lines.Err()
}

// addField takes over a field, and returns its name in lower case.
func (rel *release) addField(line string) string {
	key, value, _ := strings.Cut(line, ":")
	key = strings.ToLower(key)
	switch value = strings.ToValidUTF8(strings.TrimSpace(value), "\uFFFD"); key {
	case "suite":
		rel.suite = value
	case "codename":
		rel.codename = value
	case "label":
		rel.label = value
	case "origin":
		rel.origin = value
	case "date":
		rel.date = parseReleaseDate(value)
	case "valid-until":
		rel.validUntil = parseReleaseDate(value)
	case "architectures":
		rel.archs = strings.Fields(value)
	case "no-support-for-architecture-all":
		rel.noAll = slices.Contains(strings.Fields(value), "Packages")
	}
	return key
}

func (rel *release) addSize(field, line string, want func(string) bool) {
	fields := strings.Fields(line)
	if len(fields) != 3 || !want(fields[2]) {
		return
	}
	if size, err := strconv.ParseInt(fields[1], 10, 64); err == nil && size >= 0 {
		rel.sizes[fields[2]] = size
		rel.strong[fields[2]] = rel.strong[fields[2]] || field == "sha256" || field == "sha512"
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

// promise is what a Release file says of an index.
type promise int

const (
	promisedNothing promise = iota // it has no such index, or an empty one: nothing is missing
	promisedInVain                 // it has one that apt never fetches: the packages in it are not known
	promised                       // apt, having fetched the Release file, must have the index too
)

// promises tells what it says of a target's index.
func (rel *release) promises(t *target) promise {
	if !rel.supports(t.arch) {
		return promisedNothing
	}
	if size, listed := rel.sizes[t.metaKey]; listed {
		switch {
		case size == 0:
			return promisedNothing
		case rel.strong[t.metaKey]:
			return promised
		}
		return promisedInVain
	}
	for name, size := range rel.sizes {
		if strings.HasPrefix(name, t.metaKey+".") && size > 0 {
			return promisedInVain
		}
	}
	return promisedNothing
}

func (rel *release) supports(arch string) bool {
	if arch == "all" && rel.noAll {
		return false
	}
	return arch == "" || len(rel.archs) == 0 || slices.Contains(rel.archs, arch)
}

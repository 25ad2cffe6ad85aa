package fleet

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/patchstream/patchstream/classify/version"
)

//go:embed testdata/debian12.tsv.gz
var recorded []byte

// entry is a package as it was recorded.
type entry struct {
	name, source, sourceVersion, priority, section string

	versions []string // as recorded, ascending; what comes out later is made up
	rank     int      // its place by name
}

// version returns the version of a level: 0 is the oldest one recorded.
func (e *entry) version(level int) string {
	if level < len(e.versions) {
		return e.versions[level]
	}
	v := e.versions[len(e.versions)-1]
	for range level - len(e.versions) + 1 {
		v = nextUpload(v)
	}
	return v
}

const uploadSuffix = "deb12u"

// nextUpload numbers the upload to the security archive that follows a version: 1.2-3, 1.2-3+deb12u1, 1.2-3+deb12u2.
func nextUpload(v string) string {
	if at := strings.LastIndex(v, uploadSuffix); at >= 0 {
		if n, err := strconv.Atoi(v[at+len(uploadSuffix):]); err == nil {
			return v[:at] + uploadSuffix + strconv.Itoa(n+1)
		}
	}
	return v + "+" + uploadSuffix + "1"
}

// readPool reads what was recorded, once: the packages that most hosts have come first.
var readPool = sync.OnceValues(func() ([]entry, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(recorded))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		return nil, err
	}
	var pool []entry
	for line := range strings.Lines(string(text)) {
		e, err := parseEntry(strings.TrimRight(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("line %d of the recorded packages: %w", len(pool)+1, err)
		}
		pool = append(pool, e)
	}
	byName := make([]*entry, len(pool))
	for i := range pool {
		byName[i] = &pool[i]
	}
	slices.SortFunc(byName, func(a, b *entry) int { return strings.Compare(a.name, b.name) })
	for rank, e := range byName {
		e.rank = rank
	}
	return pool, nil
})

// parseEntry reads a line: name, version, source, source version, priority, section, and the version of the security archive or nothing.
// The archive of security keeps what a later release of Debian has overtaken.
func parseEntry(line string) (entry, error) {
	f := strings.Split(line, "\t")
	if len(f) != 7 {
		return entry{}, fmt.Errorf("%d fields, not 7", len(f))
	}
	e := entry{name: f[0], source: f[2], sourceVersion: f[3], priority: f[4], section: f[5], versions: []string{f[1]}}
	if f[6] != "" && version.CompareDeb(f[6], f[1]) > 0 {
		e.versions = append(e.versions, f[6])
	}
	return e, nil
}

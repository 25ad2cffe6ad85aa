package rpm

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// A repository is a directory of metadata files and repomd.xml, which names each with its type, checksum, size and date:
//
//	<data type="updateinfo">
//	  <checksum type="sha256">227b6a6a…</checksum>
//	  <location href="repodata/227b6a6a…-updateinfo.xml.gz"/>
//	  <timestamp>1795858654</timestamp>
//	  <size>1918</size>
//	</data>
//
// A type may come twice, compressed by zchunk too: updateinfo_zck. The revision is seconds at most vendors, but any text may
// stand there: so a repository's date is that of its newest file.

// repomd is what a repository says of its own metadata.
type repomd struct {
	date  time.Time // zero: not known
	files []metadataFile
}

type metadataFile struct {
	kind           string // primary, updateinfo, updateinfo_zck, …
	name           string // without a directory
	digest, method string
	size           int64 // of the file; -1: not told
}

// of returns the file of that kind.
func (m *repomd) of(kind string) (metadataFile, bool) {
	i := slices.IndexFunc(m.files, func(f metadataFile) bool { return f.kind == kind })
	if i < 0 {
		return metadataFile{}, false
	}
	return m.files[i], true
}

const (
	maxRepomdBytes   = 4 << 20
	maxMetadataFiles = 1000
)

// readRepomd reads the repomd.xml of a cached repository, given its directory.
func readRepomd(dir string) (*repomd, error) {
	f, err := host.OpenRegular(filepath.Join(dir, "repomd.xml"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxRepomdBytes+1))
	if err == nil && len(text) > maxRepomdBytes {
		err = fmt.Errorf("it is larger than %d bytes", maxRepomdBytes)
	}
	if err == nil {
		var m *repomd
		if m, err = parseRepomd(text); err == nil {
			return m, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", f.Name(), err)
}

func parseRepomd(text []byte) (*repomd, error) {
	var x struct {
		XMLName xml.Name `xml:"repomd"`
		Data    []struct {
			Type     string `xml:"type,attr"`
			Checksum struct {
				Type string `xml:"type,attr"`
				Text string `xml:",chardata"`
			} `xml:"checksum"`
			Location struct {
				Href string `xml:"href,attr"`
			} `xml:"location"`
			Timestamp string `xml:"timestamp"`
			Size      string `xml:"size"`
		} `xml:"data"`
	}
	if err := xml.NewDecoder(bytes.NewReader(text)).Decode(&x); err != nil {
		return nil, fmt.Errorf("it is no list of metadata: %w", err)
	}
	if len(x.Data) == 0 || len(x.Data) > maxMetadataFiles {
		return nil, fmt.Errorf("it lists %d files", len(x.Data))
	}
	m := &repomd{}
	for _, d := range x.Data {
		f := metadataFile{
			kind: d.Type, name: path.Base(d.Location.Href), size: -1,
			digest: strings.ToLower(strings.TrimSpace(d.Checksum.Text)), method: strings.ToLower(d.Checksum.Type),
		}
		if f.kind == "" || !filepath.IsLocal(f.name) || f.name == "." {
			return nil, fmt.Errorf("it lists a file of type %.40q at %.100q", d.Type, d.Location.Href)
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(d.Size), 10, 64); err == nil && n >= 0 {
			f.size = n
		}
		m.files = append(m.files, f)
		m.date = later(m.date, fraction(d.Timestamp))
	}
	return m, nil
}

// fraction reads seconds since 1970, of which some vendors write a part behind a dot.
func fraction(text string) time.Time {
	whole, _, _ := strings.Cut(strings.TrimSpace(text), ".")
	return seconds(whole)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// errAbsent is matched by the error of a metadata file that is not in the cache.
var errAbsent = errors.New("it is not in the cache")

// read hands a file's content to a reader, and checks that the file is the one that repomd.xml means.
func (f metadataFile) read(dir string, read func(io.Reader) error) error {
	in, err := host.OpenRegular(filepath.Join(dir, f.name))
	if errors.Is(err, os.ErrNotExist) {
		err = errAbsent
	}
	if err == nil {
		err = f.verify(in, read)
		_ = in.Close()
	}
	if err != nil {
		return fmt.Errorf("%s in %s: %w", f.name, dir, err)
	}
	return nil
}

func (f metadataFile) verify(in *os.File, read func(io.Reader) error) error {
	sum := newSum(f.method)
	if sum == nil || f.digest == "" {
		return fmt.Errorf("its checksum is of the type %.40q", f.method)
	}
	if info, err := in.Stat(); err != nil {
		return err
	} else if f.size >= 0 && info.Size() != f.size {
		return fmt.Errorf("it has %d bytes, repomd.xml says %d", info.Size(), f.size)
	}
	readErr := read(io.TeeReader(in, sum))
	if _, err := io.Copy(sum, in); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != f.digest {
		return errors.New("its checksum is not the one that repomd.xml gives")
	}
	return readErr
}

func newSum(method string) hash.Hash {
	switch method {
	case "sha256":
		return sha256.New()
	case "sha512":
		return sha512.New()
	case "sha384":
		return sha512.New384()
	case "sha", "sha1":
		return sha1.New()
	}
	return nil
}

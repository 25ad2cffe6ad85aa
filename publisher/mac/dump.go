package mac

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// The files of a dump (docs/macos.md). Only the first three must be there for a scan at all.
const (
	fileTakenAt     = "taken_at.txt"                  // date -u +%Y-%m-%dT%H:%M:%SZ
	fileSwVers      = "sw_vers.txt"                   // sw_vers
	fileArch        = "arch.txt"                      // uname -m
	fileList        = "softwareupdate.txt"            // softwareupdate --list, stdout and stderr
	fileListCode    = "softwareupdate.exit"           // its exit code
	fileHistory     = "InstallHistory.plist"          // of /Library/Receipts
	fileProfile     = "SPInstallHistoryDataType.json" // system_profiler -json SPInstallHistoryDataType, in place of it
	filePreferences = "SoftwareUpdate.plist"          // /Library/Preferences/com.apple.SoftwareUpdate.plist
	fileBootTime    = "boottime.txt"                  // sysctl -n kern.boottime
	fileBootSession = "bootsession.txt"               // sysctl -n kern.bootsessionuuid
	fileMachine     = "machine.txt"                   // IOPlatformUUID
	fileHost        = "hostname.txt"                  // hostname
)

var dumpFiles = []string{
	fileTakenAt, fileSwVers, fileArch, fileList, fileListCode, fileHistory, fileProfile, filePreferences, fileBootTime,
	fileBootSession, fileMachine, fileHost,
}

// MaxBytes bounds a dump, all its files together.
const MaxBytes = 32 << 20

// Dump is what a Mac's tools said at one time.
type Dump struct {
	TakenAt time.Time
	Host    string // as the Mac calls itself; empty: it does not say

	files map[string][]byte
}

// ReadDir reads a dump from a directory. What else is in it is not looked at, and no link leads out of it.
func ReadDir(dir string) (*Dump, error) {
	root, err := host.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	files := make(map[string][]byte)
	for _, name := range dumpFiles {
		text, err := readFile(root, name)
		switch {
		case err == nil:
			files[name] = text
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return newDump(files)
}

// readFile reads a file that is not larger than any of ours can be.
func readFile(root *host.Root, name string) ([]byte, error) {
	text, err := root.Read(name, maxPlistBytes+1)
	if err == nil && len(text) > maxPlistBytes {
		return nil, fmt.Errorf("more than %d bytes", maxPlistBytes)
	}
	return text, err
}

var gzipMagic = []byte{0x1f, 0x8b}

// LooksLikeTar reports whether a text can be a dump in a tar archive, which may be compressed with gzip.
func LooksLikeTar(text []byte) bool {
	return bytes.HasPrefix(text, gzipMagic) || len(text) > 262 && string(text[257:262]) == "ustar"
}

// ReadTar reads a dump from a tar archive of that directory.
func ReadTar(text []byte) (*Dump, error) {
	var in io.Reader = bytes.NewReader(text)
	if bytes.HasPrefix(text, gzipMagic) {
		unzipped, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = unzipped
	}
	bounded := &io.LimitedReader{R: in, N: MaxBytes + 1}
	files := make(map[string][]byte)
	for archive := tar.NewReader(bounded); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if bounded.N <= 0 {
			return nil, fmt.Errorf("the archive has more than %d bytes", MaxBytes)
		}
		if err != nil {
			return nil, fmt.Errorf("no tar archive: %w", err)
		}
		name := path.Base(head.Name)
		if head.Typeflag != tar.TypeReg || !slices.Contains(dumpFiles, name) {
			continue
		}
		if files[name] != nil {
			return nil, fmt.Errorf("%s: twice in the archive", name)
		}
		if head.Size > maxPlistBytes {
			return nil, fmt.Errorf("%s: more than %d bytes", name, maxPlistBytes)
		}
		content, err := io.ReadAll(archive)
		if bounded.N <= 0 {
			return nil, fmt.Errorf("the archive has more than %d bytes", MaxBytes)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[name] = content
	}
	return newDump(files)
}

// newDump checks what there is no scan without.
func newDump(files map[string][]byte) (*Dump, error) {
	d := &Dump{files: files, Host: word(files[fileHost])}
	if len(files) == 0 {
		return nil, fmt.Errorf("none of the files of a dump is there: %s", strings.Join(dumpFiles, " "))
	}
	for _, name := range []string{fileTakenAt, fileSwVers, fileArch} {
		if word(files[name]) == "" {
			return nil, fmt.Errorf("%s is missing or empty", name)
		}
	}
	at, err := time.Parse(time.RFC3339, word(files[fileTakenAt]))
	if err != nil || host.KnownTime(at).IsZero() {
		return nil, fmt.Errorf("%s: %.64q is no time such as 2026-11-20T10:00:00Z, not before the year 2000", fileTakenAt, word(files[fileTakenAt]))
	}
	d.TakenAt = at.UTC()
	if err := messages.ValidHost(d.Host); d.Host != "" && err != nil {
		return nil, fmt.Errorf("%s: %w", fileHost, err)
	}
	if arch := word(files[fileArch]); strings.Contains(arch, ".") || len(arch) > messages.MaxIDBytes {
		return nil, fmt.Errorf("%s: %.64q is no architecture", fileArch, arch)
	}
	if parseSwVers(files[fileSwVers]).version == "" {
		return nil, fmt.Errorf("%s: no line ProductVersion", fileSwVers)
	}
	return d, nil
}

// sum names a dump by all that is in it.
func (d *Dump) sum() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(d.files)) {
		fmt.Fprintf(h, "%s\x00%d\x00", name, len(d.files[name]))
		h.Write(d.files[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

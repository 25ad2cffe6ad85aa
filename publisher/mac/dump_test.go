package mac

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/golden"

	"github.com/patchstream/patchstream/messages"
)

const dumps = "../../testdata/mac"

func filesOf(t testing.TB, name string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	entries, err := os.ReadDir(filepath.Join(dumps, name))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dumps, name, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = text
	}
	return files
}

func read(t testing.TB, name string) *Dump {
	t.Helper()
	d, err := ReadDir(filepath.Join(dumps, name))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// edited is a dump in which some files are others; nil takes one away.
func edited(t *testing.T, name string, edits map[string][]byte) (*Dump, error) {
	t.Helper()
	files := filesOf(t, name)
	for file, text := range edits {
		if files[file] = text; text == nil {
			delete(files, file)
		}
	}
	return newDump(files)
}

func TestDumpsMakeTheseScans(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(dumps)
	if err != nil || len(entries) < 8 {
		t.Fatal(entries, err)
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			s := read(t, e.Name()).Scan()
			s.Host = "studio-4"
			text, err := messages.Encode(s, messages.JSON)
			if err != nil {
				t.Fatal(err)
			}
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, text, "", "  "); err != nil {
				t.Fatal(err)
			}
			golden.Assert(t, pretty.String()+"\n", "golden/"+e.Name()+".json")
		})
	}
}

func TestBinaryListsSayTheSame(t *testing.T) {
	t.Parallel()
	xml, binary := read(t, "tahoe").Scan(), read(t, "tahoe-binary").Scan()
	if xml.ID == binary.ID {
		t.Error("two dumps of one id")
	}
	binary.ID = xml.ID
	if diff := cmp.Diff(xml, binary); diff != "" {
		t.Error(diff)
	}
}

func archive(t *testing.T, files map[string][]byte, zipped bool) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: "./dump/" + name, Size: int64(len(text)), Mode: 0o600, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !zipped {
		return out.Bytes()
	}
	var small bytes.Buffer
	z := gzip.NewWriter(&small)
	if _, err := z.Write(out.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return small.Bytes()
}

func TestAnArchiveIsADirectory(t *testing.T) {
	t.Parallel()
	want := read(t, "tahoe").Scan()
	for _, zipped := range []bool{false, true} {
		text := archive(t, filesOf(t, "tahoe"), zipped)
		if !LooksLikeTar(text) {
			t.Error("it does not look like one")
		}
		d, err := ReadTar(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, d.Scan()); diff != "" {
			t.Error(diff)
		}
	}
	if LooksLikeTar([]byte(`{"Format":"patchstream-wua"}`)) {
		t.Error("JSON looks like one")
	}
}

func TestABadArchiveIsRefused(t *testing.T) {
	t.Parallel()
	good := archive(t, filesOf(t, "tahoe"), true)
	bomb := archive(t, map[string][]byte{"other.bin": make([]byte, MaxBytes)}, true)
	for name, row := range map[string]struct {
		text []byte
		says string
	}{
		"cut":       {good[:len(good)/2], "unexpected EOF"},
		"too large": {bomb, "more than"},
		"a file":    {archive(t, map[string][]byte{fileHistory: make([]byte, maxPlistBytes+1)}, false), fileHistory + ": more than"},
		"no dump":   {archive(t, map[string][]byte{"other.txt": []byte("x")}, false), "none of the files of a dump"},
		"no gzip":   {[]byte("\x1f\x8bno"), "EOF"},
	} {
		if _, err := ReadTar(row.text); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v, want …%s…", name, err, row.says)
		}
	}
}

func TestWhatNoDumpIsWithout(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		edits map[string][]byte
		says  string
	}{
		"no time":         {map[string][]byte{fileTakenAt: nil}, "taken_at.txt is missing"},
		"a local time":    {map[string][]byte{fileTakenAt: []byte("Fri Nov 20")}, `taken_at.txt: "Fri" is no time`},
		"an early time":   {map[string][]byte{fileTakenAt: []byte("1999-11-20T10:00:00Z")}, "not before the year 2000"},
		"no system":       {map[string][]byte{fileSwVers: nil}, "sw_vers.txt is missing"},
		"an odd system":   {map[string][]byte{fileSwVers: []byte("ProductName: macOS\n")}, "sw_vers.txt: no line ProductVersion"},
		"no architecture": {map[string][]byte{fileArch: []byte("\n")}, "arch.txt is missing or empty"},
		"an odd one":      {map[string][]byte{fileArch: []byte("arm.64")}, "no architecture"},
		"an odd host":     {map[string][]byte{fileHost: []byte("studio_4..x")}, "hostname.txt: "},
	} {
		if _, err := edited(t, "tahoe", row.edits); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v, want …%s…", name, err, row.says)
		}
	}
	if _, err := ReadDir(t.TempDir()); err == nil || !strings.Contains(err.Error(), "none of the files of a dump") {
		t.Error(err)
	}
}

func TestAScanThatRestsOnLessIsNotComplete(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		edits map[string][]byte
		says  string
	}{
		"no list":          {map[string][]byte{fileList: nil}, "softwareupdate.txt is missing"},
		"an empty list":    {map[string][]byte{fileList: []byte("\n")}, "softwareupdate said nothing"},
		"an exit code":     {map[string][]byte{fileListCode: []byte("64\n"), fileList: []byte("softwareupdate: unrecognized option `--no-scan'\n")}, "exit code 64: softwareupdate: unrecognized option"},
		"no history":       {map[string][]byte{fileHistory: nil}, "nobody asked what is installed"},
		"a broken history": {map[string][]byte{fileHistory: []byte("bplist00xxxx")}, "InstallHistory.plist: a damaged property list"},
		"another history":  {map[string][]byte{fileHistory: []byte("(a, b)")}, "InstallHistory.plist: no property list"},
		"a dictionary":     {map[string][]byte{fileHistory: []byte(`<plist version="1.0"><dict/></plist>`)}, "InstallHistory.plist: a damaged property list"},
		"odd preferences":  {map[string][]byte{filePreferences: []byte("LastSuccessfulDate")}, "SoftwareUpdate.plist: no property list"},
		"too long a name":  {map[string][]byte{fileList: []byte(listBegins + "\n* Label: x\n\tTitle: " + strings.Repeat("x", 5000) + ", Version: 1\n")}, "longer than 4096 bytes"},
	} {
		d, err := edited(t, "tahoe", row.edits)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s := d.Scan()
		if s.Complete || len(s.Packages) > 0 || !strings.Contains(s.Error, row.says) {
			t.Errorf("%s: %v, %d packages, %q", name, s.Complete, len(s.Packages), s.Error)
		}
		if s.BootedAt.IsZero() || s.Machine == "" {
			t.Errorf("%s: it does not say whose it is", name)
		}
	}
}

func TestFreshnessAndBoot(t *testing.T) {
	t.Parallel()
	s := read(t, "tahoe").Scan()
	if want := time.Date(2026, 11, 20, 4, 40, 12, 0, time.UTC); !s.IndexAt.Equal(want) {
		t.Error(s.IndexAt)
	}
	if want := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC); !s.BootedAt.Equal(want) || s.BootID != "0B9E6E5C-63B5-4C5E-8A57-1D2C3B4A5F60" {
		t.Error(s.BootedAt, s.BootID)
	}
	d, err := edited(t, "tahoe", map[string][]byte{fileBootTime: []byte("{ sec = 1999999999, usec = 0 }"), filePreferences: nil, fileMachine: nil, fileHost: nil})
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Scan(); !s.Complete || !s.BootedAt.IsZero() || !s.IndexAt.IsZero() || s.Machine != "" || d.Host != "" {
		t.Errorf("what is not known: %+v", s)
	}
}

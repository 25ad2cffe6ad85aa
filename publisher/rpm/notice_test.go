package rpm

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/patchstream/patchstream/messages"
)

func renderNotices(notices []notice, notes []string) string {
	var b strings.Builder
	at := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Format(time.RFC3339)
	}
	for _, n := range notices {
		fmt.Fprintf(&b, "%s type %q severity %q status %q issued %s updated %s reboot %v\n", n.ID, n.Type, n.Severity, n.Status, at(n.IssuedAt), at(n.UpdatedAt), n.Reboot)
		fmt.Fprintf(&b, "  cves %v bugs %v\n", n.CVEs, n.Bugs)
		for _, l := range n.lists {
			fmt.Fprintf(&b, "  %s %s", l.nameArch, l.evr)
			if l.stream != "" {
				fmt.Fprintf(&b, " of the module %s", l.stream)
			}
			if l.reboot {
				b.WriteString(" reboot")
			}
			b.WriteString("\n")
		}
	}
	return b.String() + lines(notes)
}

// wantedByTests are packages of the recorded root, and the one that the texts made by hand name.
var wantedByTests = map[string]bool{"sudo": true, "glibc": true, "nginx": true, "openssl-libs": true, "kernel-core": true, "tzdata": true, "acme-ok": true}

func noticesIn(text string) ([]notice, []string, error) {
	var notes []string
	found, err := readNotices(strings.NewReader(text), wantedByTests, func(note string) { notes = append(notes, note) })
	return found, notes, err
}

func TestReadNotices(t *testing.T) {
	t.Parallel()
	golden(t, func(r io.Reader) (string, error) {
		text, err := io.ReadAll(r)
		if err != nil {
			return "", err
		}
		found, notes, err := noticesIn(string(text))
		return renderNotices(found, notes), err
	}, "updateinfo/*.xml")
}

func TestNoticesInEveryCompression(t *testing.T) {
	t.Parallel()
	plain, err := os.ReadFile(filepath.Join(testdata, "updateinfo", "packages.xml"))
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := noticesIn(string(plain))
	if err != nil || len(want) == 0 {
		t.Fatal(err)
	}
	pack := func(writer func(io.Writer) (io.WriteCloser, error)) string {
		var b bytes.Buffer
		w, err := writer(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"gzip":  pack(func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }),
		"zstd":  pack(func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }),
		"xz":    pack(func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }),
		"bzip2": read(t, filepath.Join(testdata, "updateinfo", "packages.xml.bz2")),
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := noticesIn(text)
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "notices", renderNotices(want, nil), renderNotices(got, nil))
			if _, _, err := noticesIn(text[:len(text)/2]); err == nil {
				t.Error("half of the file is no error")
			}
		})
	}
	if _, _, err := noticesIn("\x00ZCK1 and more"); err == nil || !strings.Contains(err.Error(), "zchunk") {
		t.Errorf("zchunk: %v", err)
	}
}

// one is a notice of sudo, with what else is put into it.
func one(id, more string) string {
	return `<update type="security"><id>` + id + `</id>` + more +
		`<pkglist><collection><package name="sudo" version="1" release="1" arch="x86_64"/></collection></pkglist></update>`
}

func TestListsOfNoticesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "no list of notices"},
		{"another format", strings.Repeat("<html>not found</html>", 100_000), "no list of notices"},
		{"cut between two notices", "<updates>" + one("A", ""), "unexpected EOF"},
		{"cut in a notice", "<updates>" + one("A", "")[:60], "unexpected EOF"},
		{"a notice without an id", "<updates>" + one("", "") + "</updates>", "an id of 0 bytes"},
		{"a notice with a long id", "<updates>" + one(strings.Repeat("x", messages.MaxStringBytes+1), "") + "</updates>", "an id of 4097 bytes"},
		{"XML that does not end", "<updates>" + one("A", "<issued>") + "</updates>", "notice"},
		{"a notice in a notice", "<updates><update/>" + one("A", "") + "</updates>", "behind its end"},
		{"an entity bomb", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><updates>` + one("A", "<severity>&b;</severity>") + "</updates>", "invalid character entity &b;"},
		{"a notice that never ends", "<updates><update>" + strings.Repeat("x", maxUpdateBytes+cutBytes) + "</updates>", "more than 33554432 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, _, err := noticesIn(c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%d notices, error %v, want one with %q", len(found), err, c.want)
			}
		})
	}
}

// What is odd about a notice that names no installed package costs nothing: it is not read.
func TestNoticesOfOthersAreNotRead(t *testing.T) {
	t.Parallel()
	odd := `<update><id></id><pkglist><collection><package name="other" version="&bomb;"/></oops></update>`
	found, _, err := noticesIn("<updates>" + odd + one("A", "") + odd + "</updates>")
	if err != nil || len(found) != 1 || found[0].ID != "A" {
		t.Errorf("%v, %v", found, err)
	}
}

// repeated is a list of many notices.
func repeated(n int, notice func(i int) string) io.Reader {
	parts := []io.Reader{strings.NewReader("<updates>")}
	for i := range n {
		parts = append(parts, strings.NewReader(notice(i)))
	}
	return io.MultiReader(append(parts, strings.NewReader("</updates>"))...)
}

func TestManyNotices(t *testing.T) {
	t.Parallel()
	drop := func(string) {}
	r := repeated(messages.MaxAdvisories+1, func(i int) string { return one(fmt.Sprint("N-", i), "") })
	if _, err := readNotices(r, wantedByTests, drop); err == nil || !strings.Contains(err.Error(), "more than 100000") {
		t.Errorf("the error is %v", err)
	}
	others := strings.ReplaceAll(one("O", ""), "sudo", "other") // they are not counted
	found, err := readNotices(repeated(messages.MaxAdvisories+1, func(i int) string {
		if i == 77 {
			return one("N", "")
		}
		return others
	}), wantedByTests, drop)
	if err != nil || len(found) != 1 {
		t.Errorf("%d, %v", len(found), err)
	}
}

// A list of 300 MB is read in little memory. Not beside other tests: what they allocate would count.
func TestALargeListOfNotices(t *testing.T) {
	filler := strings.ReplaceAll(one("O", "<description>"+strings.Repeat("x", 1<<20)+"</description>"), "sudo", "other")
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			found, err := readNotices(repeated(300, func(i int) string {
				if i == 299 {
					return one("N", "")
				}
				return filler
			}), wantedByTests, func(string) {})
			if err != nil || len(found) != 1 {
				b.Fatalf("%d, %v", len(found), err)
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 64<<20 {
		t.Errorf("%d MB allocated", allocated>>20)
	}
}

func TestANoticeOfManyCVEs(t *testing.T) {
	t.Parallel()
	var references strings.Builder
	for i := range messages.MaxAdvisoryCVEs + 10 {
		fmt.Fprintf(&references, `<reference type="cve" id="CVE-%d"/>`, i)
	}
	found, notes, err := noticesIn("<updates>" + one("A", "<references>"+references.String()+"</references>") + "</updates>")
	if err != nil || len(found) != 1 || len(found[0].CVEs) != messages.MaxAdvisoryCVEs || len(notes) != 1 {
		t.Errorf("%d notices, notes %q, %v", len(found), notes, err)
	}
}

func FuzzReadNotices(f *testing.F) {
	for _, name := range []string{"baseos", "dates", "packages", "empty"} {
		f.Add(read(f, filepath.Join(testdata, "updateinfo", name+".xml")))
	}
	f.Add(read(f, filepath.Join(testdata, "updateinfo", "packages.xml.bz2")))
	f.Fuzz(func(t *testing.T, text string) {
		found, _, err := noticesIn(text)
		if err != nil {
			return
		}
		for _, n := range found {
			if n.ID == "" || len(n.lists) == 0 {
				t.Fatalf("%+v", n)
			}
			for _, l := range n.lists {
				if !wantedByTests[l.name] || !legalArch(l.arch) {
					t.Fatalf("%+v", n)
				}
			}
		}
	})
}

// However a text is handed over, it is cut at the same places.
func TestTheCutDoesNotDependOnTheReader(t *testing.T) {
	t.Parallel()
	text := read(t, filepath.Join(testdata, "updateinfo", "baseos.xml"))
	cut := func(r io.Reader) (parts []string, err error) {
		err = cutUpdates(r, func(update []byte) error {
			parts = append(parts, string(update))
			return nil
		})
		return parts, err
	}
	want, err := cut(strings.NewReader(text))
	if err != nil || len(want) != strings.Count(text, "</update>") {
		t.Fatalf("%d parts, %v", len(want), err)
	}
	for size := 1; size < 40; size++ {
		got, err := cut(&slow{text: text, size: size})
		if err != nil {
			t.Fatal(err)
		}
		diff(t, fmt.Sprint("by ", size), want, got)
	}
}

// slow hands a text over in pieces.
type slow struct {
	text string
	size int
}

func (s *slow) Read(p []byte) (int, error) {
	if s.text == "" {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), s.size)], s.text)
	s.text = s.text[n:]
	return n, nil
}

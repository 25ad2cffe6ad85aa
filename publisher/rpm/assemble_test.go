package rpm

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

var day = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)

// factsOf makes facts of lines: "name.arch evr…" is installed, newest first; "repo name.arch evr" is carried; a repository
// whose name begins with - keeps it out.
func factsOf(t *testing.T, installed, carried []string) *facts {
	t.Helper()
	f := &facts{
		installed: &inventory{packages: map[nameArch][]instance{}}, wanted: map[offer]bool{},
		opinions: &opinions{candidates: map[nameArch]string{}, kept: map[nameArch]string{}, sideBySide: map[string]bool{}},
	}
	for _, line := range installed {
		words := strings.Fields(line)
		key, err := cutArch(words[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, evr := range words[1:] {
			f.installed.packages[key] = append(f.installed.packages[key], instance{evr: evr, builtAt: day})
		}
	}
	for _, line := range carried {
		words := strings.Fields(line)
		id, excluded := strings.CutPrefix(words[0], "-")
		key, err := cutArch(words[1])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(f.sources, func(s source) bool { return s.id == id }) {
			f.sources = append(f.sources, source{repository: repository{id: id}, origin: messages.Origin{Archive: id, Trusted: true}})
		}
		o := offer{key, words[2], id, day}
		f.offers = append(f.offers, o)
		if !excluded {
			f.wanted[o.identity()] = true
		}
	}
	f.native = f.installed.native()
	return f
}

// table renders the packages and versions of a scan.
func table(made *assembled) string {
	var b strings.Builder
	for _, p := range made.packages {
		fmt.Fprintf(&b, "%s.%s %s", p.Name, p.Arch, *p.Installed)
		if len(p.Others) > 0 {
			fmt.Fprintf(&b, " and %s", strings.Join(p.Others, " "))
		}
		if p.State != "" {
			b.WriteString(" " + p.State)
		}
		if p.Candidate != "" {
			b.WriteString(" candidate " + p.Candidate)
		}
		if p.KeptBack {
			b.WriteString(" kept back")
		}
		b.WriteString(strings.TrimRight(" "+strings.Join(p.Advisories, " "), " ") + "\n")
		for _, v := range p.Versions {
			b.WriteString("  " + v.Version)
			if v.Arch != "" {
				b.WriteString(" " + v.Arch)
			}
			if v.Excluded {
				b.WriteString(" excluded")
			}
			for _, o := range v.Origins {
				b.WriteString(" " + made.origins[o].Archive)
			}
			b.WriteString(strings.TrimRight(" "+strings.Join(v.Advisories, " "), " ") + "\n")
		}
	}
	return b.String()
}

func TestAssembleVersions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name               string
		installed, carried []string
		want               string
	}{
		{"at and above the installed one", []string{"a.x86_64 2-1"}, []string{"r a.x86_64 1-1", "r a.x86_64 2-1", "r a.x86_64 3-1"}, "a.x86_64 2-1\n  3-1 r\n  2-1 r\n"},
		{"the installed one that nobody carries", []string{"a.x86_64 2-1"}, []string{"r a.x86_64 3-1"}, "a.x86_64 2-1\n  3-1 r\n  2-1\n"},
		{"of two repositories", []string{"a.x86_64 1-1"}, []string{"s a.x86_64 2-1", "r a.x86_64 2-1"}, "a.x86_64 1-1\n  2-1 s r\n  1-1\n"},
		{"kept out by all that carry it", []string{"a.x86_64 1-1"}, []string{"-r a.x86_64 2-1", "-s a.x86_64 3-1", "t a.x86_64 3-1"}, "a.x86_64 1-1\n  3-1 s t\n  2-1 excluded r\n  1-1\n"},
		{"kept out by the second that carries it", []string{"a.x86_64 1-1"}, []string{"r a.x86_64 2-1", "-s a.x86_64 2-1"}, "a.x86_64 1-1\n  2-1 r s\n  1-1\n"},
		{"spelled in two ways", []string{"a.x86_64 1.01-1"}, []string{"r a.x86_64 1.1-1", "r a.x86_64 1.2-1"}, "a.x86_64 1.01-1\n  1.2-1 r\n  1.01-1 r\n"},
		{"an epoch", []string{"a.x86_64 1:1-1"}, []string{"r a.x86_64 2-1"}, "a.x86_64 1:1-1\n  1:1-1\n"},
		{"noarch for the native one", []string{"a.x86_64 1-1", "b.x86_64 1-1"}, []string{"r a.noarch 2-1", "r a.noarch 1-1"}, "a.x86_64 1-1\n  2-1 noarch r\n  1-1\nb.x86_64 1-1\n  1-1\n"},
		{"the native one for noarch", []string{"a.noarch 1-1", "b.x86_64 1-1"}, []string{"r a.x86_64 2-1"}, "a.noarch 1-1\n  2-1 x86_64 r\n  1-1\nb.x86_64 1-1\n  1-1\n"},
		{"both installed", []string{"a.noarch 1-1", "a.x86_64 1-1"}, []string{"r a.x86_64 2-1", "r a.noarch 3-1"}, "a.noarch 1-1\n  3-1 r\n  1-1\na.x86_64 1-1\n  2-1 r\n  1-1\n"},
		{"one version in both architectures", []string{"a.x86_64 1-1"}, []string{"r a.noarch 2-1", "s a.x86_64 2-1"}, "a.x86_64 1-1\n  2-1 s\n  1-1\n"},
		{"another machine's", []string{"a.i686 1-1", "b.x86_64 1-1", "c.x86_64 1-1"}, []string{"r a.x86_64 2-1", "r a.noarch 2-1"}, "a.i686 1-1\n  1-1\nb.x86_64 1-1\n  1-1\nc.x86_64 1-1\n  1-1\n"},
		{"two versions side by side", []string{"kernel.x86_64 2-1 1-1"}, []string{"r kernel.x86_64 1-1"}, "kernel.x86_64 2-1 and 1-1\n  2-1\n"},
		{"two versions that are not meant", []string{"a.x86_64 2-1 1-1"}, nil, "a.x86_64 2-1 and 1-1 duplicate\n  2-1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := factsOf(t, c.installed, c.carried)
			f.opinions.sideBySide["kernel"] = true
			made, err := f.assemble()
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "scan", c.want, table(made))
		})
	}
}

func TestAssembleOpinions(t *testing.T) {
	t.Parallel()
	f := factsOf(t, []string{"a.noarch 1-1", "b.x86_64 1-1", "c.x86_64 1.01-1"}, []string{"r a.x86_64 2-1", "r b.x86_64 2-1", "r c.x86_64 1.1-1"})
	f.opinions.candidates = map[nameArch]string{{"a", "x86_64"}: "2-1", {"c", "x86_64"}: "1.1-1"}
	f.opinions.kept = map[nameArch]string{{"b", "x86_64"}: "2-1"}
	made, err := f.assemble()
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "scan", "a.noarch 1-1 candidate 2-1\n  2-1 x86_64 r\n  1-1\nb.x86_64 1-1 kept back\n  2-1 r\n  1-1\nc.x86_64 1.01-1 candidate 1.01-1\n  1.01-1 r\n", table(made))
}

// What does not fit together makes no scan.
func TestAnswersThatContradictEachOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want  string
		spoil func(*facts)
	}{
		{"an upgrade would install a.x86_64 3-1, which no repository was found to carry", func(f *facts) { f.opinions.candidates[nameArch{"a", "x86_64"}] = "3-1" }},
		{`carried by "elsewhere", which is no enabled repository`, func(f *facts) { f.offers[0].repo = "elsewhere" }},
		{"the patch P-1 of r is needed", func(f *facts) { f.opinions.needed = map[string]string{"P-1": "r"} }},
	} {
		f := factsOf(t, []string{"a.x86_64 1-1"}, []string{"r a.x86_64 2-1"})
		c.spoil(f)
		if _, err := f.assemble(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	f := factsOf(t, []string{"a.x86_64 1-1"}, []string{"r a.x86_64 2-1"})
	f.opinions.needed = map[string]string{"P-1": "r"}
	f.sources[0].origin.Trusted = false // its notices do not exist
	if _, err := f.assemble(); err != nil {
		t.Error(err)
	}
}

func noticeOf(id, kind, severity string, lists ...listed) notice {
	return notice{Advisory: messages.Advisory{ID: id, Type: kind, Severity: severity}, lists: lists}
}

func TestNoticesOfAPackage(t *testing.T) {
	t.Parallel()
	a := nameArch{"a", "x86_64"}
	f := factsOf(t, []string{"a.x86_64 2-1", "m.x86_64 5-1"}, []string{"r a.x86_64 3-1"})
	f.installed.packages[nameArch{"m", "x86_64"}][0].module = "m:1:99:c"
	f.sources[0].notices = []notice{
		noticeOf("BELOW", "security", "", listed{a, "1-1", "", false}),
		noticeOf("THIS", "security", "", listed{a, "2-1", "", false}),
		noticeOf("ABOVE", "security", "", listed{a, "3-1", "", false}),
		noticeOf("NOWHERE", "security", "", listed{a, "4-1", "", false}),
		noticeOf("OTHER-ARCH", "security", "", listed{nameArch{"a", "i686"}, "3-1", "", false}),
		noticeOf("ITS-STREAM", "security", "", listed{nameArch{"m", "x86_64"}, "4-1", "m:1", false}),
		noticeOf("ANOTHER-STREAM", "security", "", listed{nameArch{"m", "x86_64"}, "4-1", "m:2", false}),
	}
	made, err := f.assemble()
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "scan", "a.x86_64 2-1 BELOW THIS\n  3-1 r ABOVE\n  2-1 THIS\nm.x86_64 5-1 ITS-STREAM\n  5-1\n", table(made))
	var ids []string
	for _, advisory := range made.advisories {
		ids = append(ids, advisory.ID)
	}
	diff(t, "notices that are referred to", []string{"ABOVE", "BELOW", "ITS-STREAM", "THIS"}, ids)
}

// Two notices of one id are one, which lists what both list. Neither hides that there is something for security in it.
func TestTwoNoticesOfOneID(t *testing.T) {
	t.Parallel()
	bugfix := noticeOf("N-1", "bugfix", "", listed{nameArch{"a", "x86_64"}, "2-1", "", false})
	bugfix.UpdatedAt = day.Add(time.Hour)
	security := noticeOf("N-1", "security", "Low", listed{nameArch{"b", "x86_64"}, "2-1", "", false})
	again := security
	again.UpdatedAt, again.lists = day, nil
	for _, order := range [][]notice{{bugfix, security, again}, {again, security, bugfix}, {security, bugfix, again}} {
		made := newNoticeTable()
		var notes []string
		for _, n := range order {
			notes = append(notes, made.add([]notice{n})...)
		}
		if n := made.at["N-1"]; n.Type != "security" || n.UpdatedAt != day {
			t.Errorf("%+v", n.Advisory)
		}
		if len(made.lists) != 2 || len(notes) == 0 || !strings.Contains(notes[0], "two notices are called N-1") {
			t.Errorf("%v, notes %q", made.lists, notes)
		}
	}
}

func TestChooseKeepsWhatMatters(t *testing.T) {
	t.Parallel()
	installed := "1-1"
	p := messages.Package{Installed: &installed, Candidate: "1-5"}
	var versions []messages.Version
	for i := 200; i >= 1; i-- {
		v := messages.Version{Version: fmt.Sprintf("1-%d", i), Origins: []int{0}}
		if i%10 == 0 {
			v.Advisories = []string{"N"}
		}
		if i < 50 {
			v.Origins = []int{1}
		}
		versions = append(versions, v)
	}
	kept := choose(versions, p)
	has := map[string]bool{}
	for _, v := range kept {
		has[v.Version] = true
	}
	if len(kept) != messages.MaxPackageVersions || !slices.IsSortedFunc(kept, func(a, b messages.Version) int { return compareNewest(a.Version, b.Version) }) {
		t.Errorf("%d versions", len(kept))
	}
	for _, v := range []string{"1-1", "1-5", "1-200", "1-49", "1-10", "1-100", "1-199"} {
		if !has[v] {
			t.Errorf("%s is not kept", v)
		}
	}
}

func TestSourceOf(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"sudo-1.9.5p2-9.el9.src.rpm": "sudo 1.9.5p2-9.el9", "a-b-1-2.nosrc.rpm": "a-b 1-2", "": " ", "odd": "odd ", "odd-1": "odd-1 ",
	} {
		name, evr := sourceOf(file)
		diff(t, file, want, name+" "+evr)
	}
}

func TestWhereARepositoryIsCached(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	mkdir(t, filepath.Join(cache, "baseos-9d46b522ef2f689b/repodata"))
	mkdir(t, filepath.Join(cache, "old-0000000000000000/repodata"))
	mkdir(t, filepath.Join(cache, "two-0000000000000000/repodata"))
	mkdir(t, filepath.Join(cache, "two-0000000000000001/repodata"))
	mkdir(t, filepath.Join(cache, "a*[-0000000000000000/repodata"))
	for _, c := range []struct{ id, url, want string }{
		{"baseos", "file:///tmp/rs/r/repo/baseos", "baseos-9d46b522ef2f689b/repodata"},
		{"old", "https://moved/", "old-0000000000000000/repodata"},
		{"two", "https://moved/", ""},
		{"a*[", "https://odd/", "a*[-0000000000000000/repodata"},
		{"none", "", ""},
	} {
		got := cachedDir(cache, &repository{id: c.id, url: c.url})
		if c.want != "" {
			c.want = filepath.Join(cache, c.want)
		}
		diff(t, c.id, c.want, got)
	}
	_, err := locate([]repository{{id: "old", url: "x"}}, []string{"old", "gone", "lost"}, cache)
	if err == nil || !strings.Contains(err.Error(), "no metadata of the repository gone, lost, which is skipped") {
		t.Errorf("%v", err)
	}
}

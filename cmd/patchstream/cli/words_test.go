package cli

import (
	"slices"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

func TestAge(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 59 * time.Second: "59 s", 61 * time.Second: "1 min", 59 * time.Minute: "59 min",
		47 * time.Hour: "47 h", 48 * time.Hour: "2 d", 400 * day: "400 d",
	} {
		if got := age(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
	if got := clockAndAge(at, at.Add(90*time.Minute)); got != "2026-11-20 12:00:00Z, 1 h ago" {
		t.Error(got)
	}
}

func TestArrow(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{{"", "", "–"}, {"1", "", "1"}, {"1", "1", "1"}, {"", "2", "→ 2"}, {"1", "2", "1 → 2"}} {
		if got := arrow(c[0], c[1]); got != c[2] {
			t.Errorf("%q: %s", c, got)
		}
	}
}

func TestEveryReasonHasWords(t *testing.T) {
	t.Parallel()
	for _, r := range []string{
		classify.NoCompleteScan, classify.NoBaseline, classify.UnsupportedSystem, classify.NoSecuritySource,
		classify.SecurityListsOld, classify.ScanOld,
	} {
		if reasonWords(r) == r {
			t.Errorf("%s has no words", r)
		}
	}
}

func TestWorstFirst(t *testing.T) {
	t.Parallel()
	rows := []row{
		{host: "fine", status: messages.Compliant},
		{host: "who", status: messages.Unknown},
		{host: "low", status: messages.NonCompliant, level: messages.Low, missing: 90},
		{host: "few", status: messages.NonCompliant, level: messages.Critical, failed: 1},
		{host: "b", status: messages.NonCompliant, level: messages.Critical, missing: 1, rejected: 1},
		{host: "a", status: messages.NonCompliant, level: messages.Critical, missing: 1, pending: 1},
	}
	slices.SortFunc(rows, worstFirst)
	var got []string
	for _, r := range rows {
		got = append(got, r.host)
	}
	if want := []string{"a", "b", "few", "low", "who", "fine"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// The defaults that settings get prints are those by which package classify judges.
func TestDefaultsAreThoseOfClassify(t *testing.T) {
	t.Parallel()
	judge := func(settings classify.Settings, lists, age time.Duration) *classify.Report {
		s := collected(t)
		s.Host, s.ID, s.TakenAt, s.Packages = "web-1", "1", at, s.Packages[:1]
		s.Packages[0].Versions = nil // nothing to do, so that what is unknown shows
		for i := range s.Origins {
			s.Origins[i].Date = at.Add(-lists)
		}
		facts := &classify.Facts{}
		facts.Add(s, messages.ContentSum(s))
		return (&classify.Library{Settings: settings}).Judge("web-1", facts, at.Add(age))
	}
	for _, c := range []struct {
		lists, age time.Duration
		want       []string
	}{
		{14 * day, 7 * day, []string{}},
		{14*day + 1, 7 * day, []string{classify.SecurityListsOld}},
		{14 * day, 7*day + 1, []string{classify.ScanOld}},
	} {
		if zero, shown := judge(classify.Settings{}, c.lists, c.age), judge(defaults, c.lists, c.age); !slices.Equal(zero.Reasons, c.want) || !slices.Equal(shown.Reasons, c.want) {
			t.Errorf("%+v: %v and %v", c, zero.Reasons, shown.Reasons)
		}
	}
}

func TestFindPatch(t *testing.T) {
	t.Parallel()
	item := func(name, arch string) classify.Item {
		return classify.Item{Patch: name + "." + arch, Name: name, Arch: arch}
	}
	r := &classify.Report{Host: "web-1", Patches: []classify.Item{item("libc6", "amd64"), item("libc6", "i386"), item("openssl", "amd64")}}
	for name, want := range map[string]string{"openssl": "openssl.amd64", "OpenSSL": "openssl.amd64", "libc6.i386": "libc6.i386"} {
		if got, err := findPatch(r, name); err != nil || got.Patch != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"libc6":  `web-1 has several patches "libc6": name one of libc6.amd64 libc6.i386`,
		"opnssl": `web-1 has no patch "opnssl": the nearest are openssl.amd64`,
		"xyz":    `web-1 has no patch "xyz": "patchstream patches web-1" lists them`,
	} {
		if _, err := findPatch(r, name); err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := findPatch(&classify.Report{Host: "web-1"}, "openssl")
	if err == nil || err.Error() != `web-1 has no patch "openssl": nothing is known of its packages ("patchstream status web-1" says why)` {
		t.Error(err)
	}
}

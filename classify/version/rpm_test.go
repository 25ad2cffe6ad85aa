package version

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	reference "github.com/knqyf263/go-rpm-version"
	"pgregory.net/rapid"
)

// judgedPair is two versions and what librpm says of them.
type judgedPair struct {
	a, b string
	want int
}

// rpmVectors returns the pairs of testdata/versions/rpm.tsv; see the README there.
func rpmVectors(t testing.TB) []judgedPair {
	t.Helper()
	text, err := os.ReadFile("../../testdata/versions/rpm.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var pairs []judgedPair
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		want, err := strconv.Atoi(fields[len(fields)-1])
		if err != nil || len(fields) != 3 {
			t.Fatalf("%q", line)
		}
		pairs = append(pairs, judgedPair{fields[0], fields[1], want})
	}
	if len(pairs) != 464 {
		t.Fatalf("%d pairs", len(pairs))
	}
	return pairs
}

func TestCompareRPM_agrees_with_librpm(t *testing.T) {
	for _, pair := range rpmVectors(t) {
		if got := CompareRPM(pair.a, pair.b); got != pair.want {
			t.Errorf("CompareRPM(%q, %q) = %d, librpm says %d", pair.a, pair.b, got, pair.want)
		}
		if got := CompareRPM(pair.b, pair.a); got != -pair.want {
			t.Errorf("CompareRPM(%q, %q) = %d, librpm says %d", pair.b, pair.a, got, -pair.want)
		}
	}
}

func TestCompareRPM(t *testing.T) {
	for _, row := range []judgedPair{
		{"1.9-1", "1.10-1", -1},
		{"1.0~rc1-1", "1.0-1", -1},
		{"1.0^git1-1", "1.0-1", 1},
		{"1.0^git1-1", "1.0.1-1", -1},
		{"1.0^~-1", "1.0^-1", -1},
		{"1.0-1", "1.0-1.el9", -1},
		{"1.0", "1.0-~1", -1},
		{"1.0", "1.0-1", -1},
		{"1.0-1", "1..0-1", 0},
		{"1_0-1", "1.0.-1", 0},
		{"1.0{a}-1", "1.0a-1", 0},
		{"1:1.0-1", "2.0-1", 1},
		{"0:1.0-1", "1.0-1", 0},
		{"(none):1.0-1", "0:1.0-1", 0},
		{":1.0-1", "1.0-1", 0},
		{"01:1.0-1", "1:1.0-1", 0},
		{"4294967295:1-1", "4294967294:1-1", 1},
		{"a-1", "1-1", -1},
		{"a-1", "A-1", 1},
		{"1." + strings.Repeat("9", 40) + "-1", "1." + strings.Repeat("9", 39) + "8-1", 1},
	} {
		if got := CompareRPM(row.a, row.b); got != row.want {
			t.Errorf("CompareRPM(%q, %q) = %d, want %d", row.a, row.b, got, row.want)
		}
		if got := CompareRPM(row.b, row.a); got != -row.want {
			t.Errorf("CompareRPM(%q, %q) = %d, want %d", row.b, row.a, got, -row.want)
		}
	}
}

func TestValidRPM(t *testing.T) {
	for _, v := range []string{
		"1.0-1", "0:1.0-1.el9", "1.9.5p2-10.el9_3", "3.2~rc1-1", "3.2^20240301git-1", "(none):1-1", ":1-1", "4294967295:1-1", "1.0",
		"1.0-1.module+el9.1.0+17495+{b}", strings.Repeat("1", 253) + "-1",
	} {
		if err := ValidRPM(v); err != nil {
			t.Errorf("%q: %v", v, err)
		}
	}
	for v, why := range map[string]string{
		"": "it is empty", "1:": "the version is empty", "-1": "the version is empty", "1.0-": "the release is empty", "a:1-1": "the epoch is not a number",
		"-1:1-1": "the epoch is not a number", "4294967296:1-1": "the epoch is above 4294967295", "1-2-3": `'-' in the version`, "1 0-1": `' ' in the version`,
		"1:2:3-1": `':' in the version`, "1.0é-1": `'é' in the version`, "1.0-1/2": `'/' in the release`, "1.0-1é": `'é' in the release`,
		strings.Repeat("1", 254) + "-1": "256 bytes, the bound is 255", "1.0\x00-1": `'\x00' in the version`, "1.0-\n": `'\n' in the release`,
	} {
		err := ValidRPM(v)
		if !errors.Is(err, ErrNotRPM) || err.Error() != "not a version of rpm: "+why {
			t.Errorf("%q: %v, want %s", v, err, why)
		}
	}
}

func TestCanonicalRPM(t *testing.T) {
	for v, want := range map[string]string{
		"0:1.0-1": "1.0-1", "(none):1.0-1": "1.0-1", ":1.0-1": "1.0-1", "00:1": "1", "02:1.0-1": "2:1.0-1", "1.0-1": "1.0-1", "32:9.16-1.el9": "32:9.16-1.el9",
	} {
		if got := CanonicalRPM(v); got != want {
			t.Errorf("CanonicalRPM(%q) = %q, want %q", v, got, want)
		}
	}
}

// anyRPM draws versions of the whole legal alphabet, with parts that meet.
var anyRPM = rapid.Custom(func(t *rapid.T) string {
	epoch := rapid.SampledFrom([]string{"", "", "0:", "00:", "1:", "(none):", "4294967295:"}).Draw(t, "epoch")
	version := rapid.StringMatching(`[a-cA-C0-2._+~^{}]{1,6}`).Draw(t, "version")
	release := rapid.StringMatching(`(-[a-b0-2._+~^]{1,4})?`).Draw(t, "release")
	return epoch + version + release
}).Filter(func(v string) bool { return ValidRPM(v) == nil })

func TestCompareRPM_is_a_total_order(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyRPM.Draw(t, "a"), anyRPM.Draw(t, "b"), anyRPM.Draw(t, "c")
		ab, ba, bc, ac := CompareRPM(a, b), CompareRPM(b, a), CompareRPM(b, c), CompareRPM(a, c)
		if ab != -ba || ab < -1 || ab > 1 || CompareRPM(a, a) != 0 {
			t.Fatalf("%q and %q: %d one way, %d the other", a, b, ab, ba)
		}
		if ab <= 0 && bc <= 0 && ac > 0 || ab >= 0 && bc >= 0 && ac < 0 || ab == 0 && bc != ac {
			t.Fatalf("%q %q %q: %d, %d, yet %d", a, b, c, ab, bc, ac)
		}
		if CompareRPM(a, CanonicalRPM(a)) != 0 || ValidRPM(CanonicalRPM(a)) != nil {
			t.Fatalf("%q is not %q", a, CanonicalRPM(a))
		}
	})
}

func FuzzCompareRPM(f *testing.F) {
	for _, pair := range rpmVectors(f) {
		f.Add(pair.a, pair.b)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		got := CompareRPM(a, b) // of any two texts it answers
		if ValidRPM(a) != nil || ValidRPM(b) != nil {
			return
		}
		if want := compareByReference(a, b); got != want {
			t.Fatalf("CompareRPM(%q, %q) = %d, go-rpm-version says %d", a, b, got, want)
		}
	})
}

// compareByReference asks go-rpm-version, which is told no epoch that it does not know, and which takes a version without a
// release for one whose release is empty.
func compareByReference(a, b string) int {
	_, _, aRelease := splitRPM(a)
	_, _, bRelease := splitRPM(b)
	va, vb := reference.NewVersion(CanonicalRPM(a)), reference.NewVersion(CanonicalRPM(b))
	if aRelease == "" && bRelease != "" || aRelease != "" && bRelease == "" {
		va, vb = reference.NewVersion(strings.TrimSuffix(CanonicalRPM(a), "-"+aRelease)), reference.NewVersion(strings.TrimSuffix(CanonicalRPM(b), "-"+bRelease))
		if c := va.Compare(vb); c != 0 {
			return c
		}
		return strings.Compare(aRelease, bRelease)
	}
	return va.Compare(vb)
}

func TestCompareRPM_allocates_nothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { CompareRPM("1:1.12.28-1.amzn2023.0.1", "1:1.12.28-1.amzn2023.0.2") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

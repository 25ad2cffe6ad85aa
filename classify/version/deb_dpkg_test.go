package version

import (
	"math/rand/v2"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dpkg is the judge of versions. One shell asks it about many, since each answer costs a process.
func askDpkg(t *testing.T, script string, lines []string) []string {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("dpkg: %v: %s", err, out)
	}
	return strings.Fields(string(out))
}

const (
	compareScript = `while IFS= read -r a && IFS= read -r b; do
		if dpkg --compare-versions -- "$a" lt "$b" 2>/dev/null; then echo -1
		elif dpkg --compare-versions -- "$a" gt "$b" 2>/dev/null; then echo 1
		elif dpkg --compare-versions -- "$a" eq "$b" 2>/dev/null; then echo 0
		else echo none; fi
	done`
	validateScript = `while IFS= read -r v; do dpkg --validate-version -- "$v" 2>/dev/null; echo $?; done`
)

var inWords = map[int]string{-1: "-1", 0: "0", 1: "1"}

func wantAsDpkg(t *testing.T, pairs [][2]string) {
	t.Helper()
	var lines []string
	for _, pair := range pairs {
		lines = append(lines, pair[0], pair[1])
	}
	answers := askDpkg(t, compareScript, lines)
	if len(answers) != len(pairs) || len(pairs) < 100 {
		t.Fatalf("%d answers for %d pairs", len(answers), len(pairs))
	}
	for i, pair := range pairs {
		if got := inWords[CompareDeb(pair[0], pair[1])]; got != answers[i] {
			t.Errorf("%q and %q: got %s, dpkg says %s", pair[0], pair[1], got, answers[i])
		}
	}
}

func TestCompareDeb_is_dpkgs_order_of_its_own_tests(t *testing.T) {
	t.Parallel()
	pairs := validVectors(t)
	for _, a := range tricky {
		for _, b := range tricky {
			pairs = append(pairs, [2]string{a, b})
		}
	}
	wantAsDpkg(t, pairs)
}

func TestCompareDeb_is_dpkgs_order_of_random_versions(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var pairs [][2]string
	for len(pairs) < 300 {
		a := randomVersion(random, ".+-~:")
		b := randomVersion(random, ".+-~:")
		if random.IntN(2) == 0 {
			b = mutated(random, a)
		}
		if ValidDeb(a) == nil && ValidDeb(b) == nil {
			pairs = append(pairs, [2]string{a, b})
		}
	}
	wantAsDpkg(t, pairs)
}

// randomVersion returns something like a version: digits and letters, and any of the signs.
func randomVersion(random *rand.Rand, signs string) string {
	parts := []string{"0", "1", "9", "10", "09", "00", "99999999999999999999", "a", "Z", "rc", "b"}
	for _, c := range signs {
		parts = append(parts, string(c), string(c))
	}
	v := ""
	for range 1 + random.IntN(7) {
		v += parts[random.IntN(len(parts))]
	}
	return v
}

// mutated changes one place of a version.
func mutated(random *rand.Rand, v string) string {
	i := random.IntN(len(v) + 1)
	return v[:i] + []string{"~", "0", "1", ".", "a", "+", "-0", ""}[random.IntN(8)] + v[min(i+random.IntN(2), len(v)):]
}

// The exit code of dpkg --validate-version is 0 for a version, 1 for one of which dpkg warns and which it takes
// all the same, 2 for none. Of what it warns, we take an upstream version that does not begin with a digit, if
// nothing else is wrong with it: that is, if it is fine behind a digit.
func TestValidDeb_is_dpkgs(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	var versions []string
	for _, pair := range vectors(t) {
		versions = append(versions, pair[0])
	}
	for range 250 {
		versions = append(versions, randomVersion(random, ".+-~::"), randomVersion(random, ".+-~:_ é/"))
	}
	var lines []string
	for _, v := range versions {
		lines = append(lines, v, behindDigit(v))
	}
	answers := askDpkg(t, validateScript, lines)
	if len(answers) != len(lines) {
		t.Fatalf("%d answers for %d lines", len(answers), len(lines))
	}
	seen := map[bool]int{}
	for i, v := range versions {
		want := answers[2*i] != "2" && answers[2*i+1] == "0" && !stricter(v)
		if got := ValidDeb(v) == nil; got != want {
			t.Errorf("%q: got %v, dpkg says %s, and %s behind a digit", v, got, answers[2*i], answers[2*i+1])
		}
		seen[want]++
	}
	if seen[true] < 100 || seen[false] < 100 {
		t.Errorf("%d versions and %d others are too few", seen[true], seen[false])
	}
}

// What dpkg takes, with a warning or without, is ordered, and as dpkg orders it. Beyond ASCII it has no order that is the
// same on every machine.
func TestOrderedDeb_is_dpkgs(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	var versions []string
	for range 400 {
		versions = append(versions, randomVersion(random, ".+-~:_ é/^@"))
	}
	answers := askDpkg(t, validateScript, versions)
	var pairs [][2]string
	ordered := 0
	for i, v := range versions {
		want := answers[i] != "2" && !stricter(v) && !strings.Contains(v, "é")
		if got := OrderedDeb(v) == nil; got != want {
			t.Errorf("%q: got %v, dpkg says %s", v, got, answers[i])
		}
		if want {
			pairs = append(pairs, [2]string{v, versions[ordered]})
			ordered = i
		}
	}
	pairs = slices.DeleteFunc(pairs, func(pair [2]string) bool { return OrderedDeb(pair[1]) != nil })
	wantAsDpkg(t, pairs)
}

// behindDigit puts a digit before the upstream version.
func behindDigit(v string) string {
	if colon := strings.IndexByte(v, ':'); colon >= 0 {
		return v[:colon+1] + "0" + v[colon+1:]
	}
	return "0" + v
}

var signedEpoch = regexp.MustCompile(`^\s*[+-][0-9]+:`)

// stricter reports whether v has what dpkg ignores and we refuse: blanks around it, a sign before the epoch.
func stricter(v string) bool { return strings.TrimSpace(v) != v || signedEpoch.MatchString(v) }

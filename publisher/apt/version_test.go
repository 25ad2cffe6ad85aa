package apt

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Versions that go wrong easily, for all of which dpkg has an opinion.
var tricky = []string{
	"0", "1.0", "1.0-0", "0:1.0", "1:0", "1.0-1", "1.0-1+b1", "1.0-1+b10", "1.0-1~bpo1", "1.0~rc1-1", "1.0~~", "1.0~",
	"1.9", "1.10", "1.010", "1.0a", "1.0+", "1.0-a-1", "1:2:3", "20230311+deb12u1", "a.b", "2147483647:1",
	"1.99999999999999999999999", "1.99999999999999999999998", "1.0.", "1..0", "1.0-1ubuntu0.22.04.1",
}

func TestVersionsAreOrderedAsDpkgOrdersThem(t *testing.T) {
	for i, a := range tricky {
		for _, b := range tricky[i:] {
			got := compareVersions(a, b)
			if got != -compareVersions(b, a) {
				t.Errorf("%s and %s: %d one way and %d the other", a, b, got, compareVersions(b, a))
			}
			if want := dpkgSays(t, a, b, got); want != got {
				t.Errorf("%s and %s: %d, dpkg says %d", a, b, got, want)
			}
		}
	}
}

// dpkgSays returns how dpkg orders two versions; guess is asked first.
func dpkgSays(t *testing.T, a, b string, guess int) int {
	t.Helper()
	for _, n := range []int{guess, (guess+2)%3 - 1, (guess+3)%3 - 1} {
		relation := map[int]string{-1: "lt", 0: "eq", 1: "gt"}[n]
		err := exec.Command("dpkg", "--compare-versions", a, relation, b).Run()
		var exit *exec.ExitError
		if err == nil {
			return n
		}
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Fatalf("dpkg --compare-versions %s %s %s: %v", a, relation, b, err)
		}
	}
	t.Fatalf("dpkg has no order for %s and %s", a, b)
	return 0
}

func TestLegalVersions(t *testing.T) {
	for _, v := range tricky {
		if !legalVersion(v) {
			t.Errorf("%q is not legal", v)
		}
	}
	for _, v := range []string{"", "1.0-", ":1", "1:", "a:1", "-1", "1.0é", "1 0", "1_0", "1-2:3", "2147483648:1", "+1:0", strings.Repeat("1", 256)} {
		if legalVersion(v) {
			t.Errorf("%q is legal", v)
		}
	}
}

var anyVersion = rapid.Custom(func(t *rapid.T) string {
	part := rapid.StringMatching(`[0-9a-c+~.]{1,6}`)
	v := part.Draw(t, "upstream")
	if rapid.Bool().Draw(t, "has a revision") {
		v += "-" + part.Draw(t, "revision")
	}
	if rapid.Bool().Draw(t, "has an epoch") {
		v = fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "epoch")) + ":" + v
	}
	return v
})

func TestVersionOrderIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyVersion.Draw(t, "a"), anyVersion.Draw(t, "b"), anyVersion.Draw(t, "c")
		if compareVersions(a, b) != -compareVersions(b, a) {
			t.Fatalf("%s and %s are not ordered the same from both sides", a, b)
		}
		if compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0 && compareVersions(a, c) > 0 {
			t.Fatalf("%s <= %s <= %s, but %s > %s", a, b, c, a, c)
		}
	})
}

func TestComparingAllocatesNothing(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		if compareVersions("1:9.2p1-2+deb12u6", "1:9.2p1-2+deb12u10") >= 0 {
			t.Fatal("u6 is not below u10")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzCompareVersions(f *testing.F) {
	for i, v := range tricky {
		f.Add(v, tricky[(i+1)%len(tricky)])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if compareVersions(a, b) != -compareVersions(b, a) {
			t.Errorf("%q and %q are not ordered the same from both sides", a, b)
		}
		if legalVersion(a) && len(a) > 255 {
			t.Errorf("%q is legal", a)
		}
	})
}

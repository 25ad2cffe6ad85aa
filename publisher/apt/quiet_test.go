package apt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWaitsUntilDpkgIsDone(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	journal := filepath.Join(root, "var/lib/dpkg/updates/0007")
	write(t, journal, "Package: openssl\n")
	write(t, filepath.Join(root, "var/lib/dpkg/updates/tmp.i"), "") // dpkg keeps it, and it is no journal
	waits := 0
	c := Collector{Root: root, signal: func(m moment) {
		if m != waiting {
			return
		}
		if waits++; waits == 1 {
			if err := os.Remove(journal); err != nil {
				t.Error(err)
			}
		}
	}}
	scan, err := c.Collect(t.Context())
	if err != nil || !scan.Complete {
		t.Fatalf("scan %+v, error %v", scan, err)
	}
	diff(t, "times waited", 1, waits)
}

func TestBeginsAgainWhenTheDatabaseChanges(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	status := filepath.Join(root, "var/lib/dpkg/status")
	readings := 0
	clock := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	c := Collector{Root: root, Now: func() time.Time { return clock }, signal: func(m moment) {
		if m != reading {
			return
		}
		if readings++; readings == 1 {
			edit(t, status, "Version: 7.81.0-1ubuntu1.10\n", "Version: 7.81.0-1ubuntu1.16\n")
			clock = clock.Add(time.Minute)
		}
	}}
	scan, err := c.Collect(t.Context())
	if err != nil || !scan.Complete {
		t.Fatalf("scan %+v, error %v", scan, err)
	}
	diff(t, "readings", 2, readings)
	diff(t, "curl", "7.81.0-1ubuntu1.16", *pkg(t, scan, "curl", "amd64").Installed)
	diff(t, "taken at", clock, scan.TakenAt)
}

func TestGivesUpWhenTheListsKeepChanging(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	release := glob(t, filepath.Join(root, "var/lib/apt/lists/*jammy_Release"))[0]
	readings := 0
	c := Collector{Root: root, signal: func(m moment) {
		if m == reading {
			readings++
			write(t, release, read(t, release)+"\n")
		}
	}}
	if why := collectPartial(t, c); !strings.Contains(why, "kept changing") {
		t.Errorf("the reason is %q", why)
	}
	diff(t, "readings", maxReadings, readings)
}

func TestAnUpgradeThatBeginsMeanwhile(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	journal := filepath.Join(root, "var/lib/dpkg/updates/0000")
	c := Collector{Root: root, Wait: -1, signal: func(m moment) {
		if m == reading {
			write(t, journal, "x")
		}
	}}
	if why := collectPartial(t, c); !strings.Contains(why, "kept changing") {
		t.Errorf("the reason is %q", why)
	}
}

func TestActivity(t *testing.T) {
	t.Parallel()
	locks := func(frontend, dpkg int) []lockFile {
		return []lockFile{{"/d/lock-frontend", frontend}, {"/d/lock", dpkg}}
	}
	for _, c := range []struct {
		name    string
		locks   []lockFile
		entries []string
		want    activity
		words   string
	}{
		{"nothing", locks(0, 0), nil, quiet, "dpkg's database is at rest"},
		{"what dpkg keeps in its journal's directory", locks(0, 0), []string{"tmp.i"}, quiet, "dpkg's database is at rest"},
		{"a journal", locks(0, 0), []string{"tmp.i", "0000"}, unfinished, "dpkg is running or was interrupted: /d/updates is not empty"},
		{"a lock", locks(0, 7), nil, running, "dpkg is running: process 7 holds /d/lock"},
		{"a lock says more than a journal", locks(0, 7), []string{"0000"}, running, "dpkg is running: process 7 holds /d/lock"},
		{"the lock of a whole run says most", locks(8, 7), nil, running, "dpkg is running: process 8 holds /d/lock-frontend"},
		{"a holder that we cannot see", locks(-1, 7), nil, running, "dpkg is running: /d/lock-frontend is locked"},
	} {
		got := activityOf(c.locks, "/d/updates", c.entries)
		if got.activity != c.want || got.String() != c.words {
			t.Errorf("%s: %d, %q, want %d, %q", c.name, got.activity, got, c.want, c.words)
		}
	}
}

func TestKeepReason(t *testing.T) {
	t.Parallel()
	held := &installedPackage{want: "hold"}
	for _, c := range []struct {
		heading string
		on      *installedPackage
		phased  int
		want    string
	}{
		{reasonKeptBack, nil, -1, "kept back"},
		{reasonPhased, nil, -1, "phased"},
		{reasonKeptBack, nil, 0, "phased: 0%"},
		{reasonKeptBack, nil, 100, "kept back"},
		{reasonPhased, held, 10, "held"},
	} {
		if got := keepReason(c.heading, c.on, c.phased); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

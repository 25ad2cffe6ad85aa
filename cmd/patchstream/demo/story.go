package demo

import (
	"embed"
	"fmt"
	"time"

	"github.com/patchstream/patchstream/messages"
)

//go:embed testdata/*.json
var recorded embed.FS

// Chapter is a part of the story.
type Chapter struct {
	Title  string
	Events []messages.Event // in the order in which they are published; each changes something
}

// Baselines returns the JSON of the baselines of the story, each the default of its operating system, by that.
func Baselines() (map[string][]byte, error) {
	all := make(map[string][]byte)
	for system, file := range map[string]string{"DEBIAN": "baseline-debian", "UBUNTU": "baseline-ubuntu"} {
		text, err := recorded.ReadFile("testdata/" + file + ".json")
		if err != nil {
			return nil, err
		}
		all[system] = text
	}
	return all, nil
}

// Start is when the story begins. It is always in the past, as every event of the story must be.
func Start() time.Time { return time.Date(2026, 11, 23, 16, 10, 0, 0, time.UTC) }

// The hosts of the story.
const (
	Web  = "web-1"  // Debian 12: its upgrade goes well
	DB   = "db-1"   // Debian 12: its /boot is full
	App  = "app-1"  // Ubuntu 22.04: held, pinned, phased, forbidden
	El   = "el-1"   // Rocky Linux 9, dnf: a script fails before its package is installed
	SLES = "sles-1" // SUSE 15.5, zypper: its patches go well
	Mail = "mail-1" // its scans fail
	Win  = "win-1"  // Windows Server 2022: an update is hidden, another fails
	Mac  = "mac-1"  // macOS: an update waits, and a newer macOS that nobody asks for
)

// Story returns the chapters.
func Story() ([]Chapter, error) {
	t := teller{now: Start()}
	chapters := []Chapter{
		{"The first scans", []messages.Event{
			t.scan("debian-before", Web, "web-boot-1"),
			t.scan("debian-before", DB, "db-boot-1"),
			t.scan("ubuntu", App, "app-boot-1"),
			t.scan("rocky", El, "el-boot-1"),
			t.scan("suse", SLES, "sles-boot-1"),
			t.failedScan(Mail, "apt-get indextargets: exit status 100: the list of sources could not be read"),
			t.scan("windows", Win, ""),
			t.scan("macos", Mac, "mac-boot-1"),
		}},
		{"The nightly upgrade: well on " + Web + ", with a full /boot on " + DB + "; and the scans after it", []messages.Event{
			t.run("upgrade", Web, "web-boot-1"),
			t.run("boot-full", DB, "db-boot-1"),
			t.run("rocky", El, "el-boot-1"),
			t.run("suse", SLES, "sles-boot-1"),
			t.run("windows", Win, ""),
			t.scan("debian-after-upgrade", Web, "web-boot-1"),
			t.scan("debian-after-boot-full", DB, "db-boot-1"),
		}},
		{"Somebody makes room in /boot of " + DB + " and lets dpkg finish", []messages.Event{
			t.run("repair", DB, "db-boot-1"),
		}},
		{"Both hosts boot into the new kernel; the first event after it says so", []messages.Event{
			unchanged(t.rebooted("debian-after-upgrade", Web, "web-boot-2")),
			t.rebooted("debian-after-upgrade", DB, "db-boot-2"),
		}},
		{"An operator accepts the forbidden package of " + App + " for a month", []messages.Event{
			t.override(App, "snapd.amd64"),
		}},
	}
	return chapters, t.err
}

// teller gives each event its place in the story. It keeps the first error.
type teller struct {
	now time.Time
	err error
}

func (t *teller) tick() time.Time {
	t.now = t.now.Add(7 * time.Minute)
	return t.now
}

func (t *teller) id() string { return fmt.Sprintf("story-%04d", t.now.Unix()%10000) }

func read[E messages.Event](t *teller, kind messages.Kind, file string) E {
	text, err := recorded.ReadFile("testdata/" + string(kind) + "-" + file + ".json")
	var decoded messages.Event
	if err == nil {
		decoded, err = messages.Decode(kind, text, messages.Sniff(text))
	}
	e, ok := decoded.(E)
	if t.err == nil && (err != nil || !ok) {
		t.err = fmt.Errorf("the recorded %s %s: %w", kind, file, err)
	}
	return e
}

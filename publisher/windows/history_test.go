package windows

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchstream/patchstream/messages"
)

func TestTheHistoryMakesARunOfEachSitting(t *testing.T) {
	t.Parallel()
	runs := read(t, "server2022").Runs(time.Time{})
	var got []string
	for _, r := range runs {
		said := r.StartedAt.Format("0102 15:04") + "–" + r.FinishedAt.Format("15:04")
		for _, o := range r.Outcomes {
			said += " " + o.Name + " " + string(o.Result)
			if o.Error != "" {
				said += " (" + o.Stage + ": " + o.Error + ")"
			}
		}
		for _, o := range r.Removed {
			said += " " + o.Name + " removed"
		}
		if !*r.Succeeded {
			said += " !"
		}
		got = append(got, said)
	}
	want := []string{
		"1014 03:12–03:31 KB5067000 installed KB5066782 installed",
		"1112 09:00–09:05 KB4589211 failed (remove: the removal failed: 0x80070005 (E_ACCESSDENIED)) KB4589210 removed !",
		"1119 22:04–22:31 KB5066139 installed (: the installation ended with errors: 0x00240005 (WU_S_REBOOT_REQUIRED))" +
			" KB5068787 failed (: the installation was aborted: 0x80070070 (ERROR_DISK_FULL))" +
			" KB5002800 failed (install: the installation failed: 0x8024200B (WU_E_UH_INSTALLERFAILURE)) !",
		"1120 04:11–04:11 KB2267602 installed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyRunsSinceTheLast(t *testing.T) {
	t.Parallel()
	d := read(t, "server2022")
	all := d.Runs(time.Time{})
	if got := d.Runs(all[2].FinishedAt); len(got) != 1 || got[0].ID != all[3].ID {
		t.Errorf("%+v", got)
	}
	if got := d.Runs(all[3].FinishedAt); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// A run that went on since keeps its name, and says all of it under another id.
func TestARunThatWentOn(t *testing.T) {
	t.Parallel()
	before, err := edited(t, "server2022", `"ResultCode": 4`, `"ResultCode": 1`) // Office is still at it
	if err != nil {
		t.Fatal(err)
	}
	first, whole := before.Runs(time.Time{})[2], read(t, "server2022").Runs(time.Time{})[2]
	if first.RunID != whole.RunID || first.ID == whole.ID {
		t.Errorf("%s %s, then %s %s", first.RunID, first.ID, whole.RunID, whole.ID)
	}
	if diff := cmp.Diff(first.Outcomes, whole.Outcomes[:2]); diff != "" {
		t.Error(diff)
	}
}

func TestEntriesThatCannotBeDated(t *testing.T) {
	t.Parallel()
	for old, says := range map[string]string{
		`"2026-11-20T04:11:00.0000000Z"`: "History[0].Date: 2026-11-20T11:11:00Z is later than the dump",
		`"2026-11-19T22:31:40.0000000Z"`: "History[1].Date: an entry without a date",
	} {
		later := `"2026-11-20T11:11:00Z"`
		if strings.Contains(says, "without") {
			later = "null"
		}
		d, err := edited(t, "server2022", old, later)
		if err != nil {
			t.Fatal(err)
		}
		d.Runs(time.Time{})
		if notes := d.Notes(); len(notes) != 1 || !strings.Contains(notes[0], says) {
			t.Errorf("%q", notes)
		}
	}
}

func TestRunsAreEventsOfTheContract(t *testing.T) {
	t.Parallel()
	for _, r := range read(t, "server2022").Runs(time.Time{}) {
		r.Host = "web-w1"
		if err := r.Validate(); err != nil {
			t.Error(err)
		}
		if r.Machine == "" || r.Operation != messages.OperationInstall {
			t.Errorf("%+v", r)
		}
	}
}

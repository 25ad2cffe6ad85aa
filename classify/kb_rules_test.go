package classify

import (
	"slices"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// What the rows of Windows do not show (docs/classification.md, section 9).

const kbSerious = "SecurityUpdates Critical 30d"

func TestRulesOfWindows(t *testing.T) {
	anyKB := []string{""}
	for _, row := range []struct {
		name     string
		kbs      string
		baseline *baseline.Baseline
		want     string
	}{
		{"a global filter refuses", "KB1 applicable Updates 30d", ruled(anyKB, globally("CLASSIFICATION", "SecurityUpdates")), ""},
		{"but not what is named", "KB1 applicable Updates 0d", ruled(anyKB, globally("CLASSIFICATION", "SecurityUpdates"), approved("KB1")), "KB1: MISSING 200 UNSPECIFIED Updates"},
		{"what is named does not wait", "KB1 applicable Updates 0d", ruled([]string{"days=7"}, approved("1"), approvedAt("HIGH")), "KB1: MISSING 200 HIGH Updates"},
		{"every rule is tried, and the highest level counts", "KB1 applicable Updates 0d", ruled([]string{"level=LOW", "level=HIGH", "level=MEDIUM"}), "KB1: MISSING 200 HIGH Updates"},
		{"EnableNonSecurity is not asked for", "KB1 installed Updates 0d", ruled(anyKB), "KB1: INSTALLED 200 UNSPECIFIED Updates"},
		{"one of the update's products", "KB1 applicable Updates product=Windows_Server_2019 product=Windows_Server_2022", ruled([]string{"PRODUCT=windowsserver2022"}), "KB1: MISSING 200 UNSPECIFIED Updates"},
		{"the host's product is not asked", "KB1 applicable Updates product=Office_2019", ruled([]string{"PRODUCT=WindowsServer2022"}), ""},
		{"no product, and any", "KB1 applicable Updates", ruled([]string{"PRODUCT=*"}), "KB1: MISSING 200 UNSPECIFIED Updates"},
		{"no product, and one", "KB1 applicable Updates", ruled([]string{"PRODUCT=WindowsServer2022"}), ""},
		{"a family", "KB1 applicable Updates family=Windows", ruled([]string{"PRODUCT_FAMILY=WINDOWS"}), "KB1: MISSING 200 UNSPECIFIED Updates"},
		{"another family", "KB1 applicable Updates family=Office", ruled([]string{"PRODUCT_FAMILY=Windows"}), ""},
		{"values are whole", "KB1 applicable SecurityUpdates Critical", ruled([]string{"CLASSIFICATION=Security", "MSRC_SEVERITY=Crit"}), "KB1: AVAILABLE_SECURITY_UPDATE 200 UNSPECIFIED Security"},
		{"an absent severity", "KB1 applicable Updates", ruled([]string{"MSRC_SEVERITY=Unspecified"}), "KB1: MISSING 200 UNSPECIFIED Updates"},
		{"a severity that is there", "KB1 applicable Updates Low", ruled([]string{"MSRC_SEVERITY=Unspecified"}), ""},
		{"both sets", "KB1 applicable Updates APPLICATION", ruled([]string{"PATCH_SET=*"}), "KB1: MISSING 200 UNSPECIFIED Updates"},
		{"a set of global filters is no rule's", "KB1 applicable Updates APPLICATION", ruled(anyKB, globally("PATCH_SET", "APPLICATION")), ""},
		{"global filters without a set accept both", "KB1 applicable Updates APPLICATION", ruled([]string{"PATCH_SET=APPLICATION"}, globally("PRODUCT", "*")), "KB1: MISSING 200 UNSPECIFIED Updates"},
		{"a key of other systems", "KB1 applicable Updates Low", ruled([]string{"SEVERITY=Critical"}), "KB1: MISSING 200 UNSPECIFIED Updates"},
		{"a bulletin is rejected", "KB1 applicable SecurityUpdates Critical MS10-048", ruled(anyKB, rejected("BLOCK", "ms10-048")), ""},
		{"approved and rejected by the same name", "KB1 installed Updates", ruled(anyKB, approved("KB1"), rejected("BLOCK", "KB1")), "KB1: INSTALLED_REJECTED 200 UNSPECIFIED Updates"},
		{"a CVE names none", "KB1 applicable Updates", ruled(nil, approved("CVE-2026-1")), "CVE-2026-1: NOT_APPLICABLE UNSPECIFIED"},
		{"an id without a KB", "0f0e-update applicable Updates", ruled(nil, approved("0F0E-Update")), "0f0e-update: MISSING 200 UNSPECIFIED Updates"},
		{"the architecture is no part of it", "KB1 applicable Updates", ruled(nil, approved("KB1.x64")), "KB1.x64: NOT_APPLICABLE UNSPECIFIED"},
		{"superseded, by a bulletin", "KB1 superseded Updates MS10-048", ruled(nil, approved("MS10-048")), "KB1: NOT_APPLICABLE UNSPECIFIED"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := rowOf(judgedRPM(t, row.baseline, scanned, kbScan(row.kbs))); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// globally has global filters: one, of a key and one value.
func globally(key, value string) func(*baseline.Baseline) {
	return func(b *baseline.Baseline) {
		b.GlobalFilters.PatchFilters = []baseline.Filter{{Key: key, Values: []string{value}}}
	}
}

func approvedAt(level messages.Level) func(*baseline.Baseline) {
	return func(b *baseline.Baseline) { b.ApprovedPatchesComplianceLevel = level }
}

// A KB of two updates, each with a notice of its own, and one without any.
func TestNoticesOfAKB(t *testing.T) {
	s := kbScan("KB1 applicable UpdateRollups Critical", "KB2 applicable SecurityUpdates Low", "KB3 applicable")
	s.Packages[0].Versions[0].Advisories = []string{"KB1", "KB2"}
	s.Packages = append(s.Packages[:1], s.Packages[2])
	s.Packages[1].Versions[0].Advisories = nil
	for rule, want := range map[string]string{
		"CLASSIFICATION=UpdateRollups MSRC_SEVERITY=Critical": "KB1: MISSING 200 UNSPECIFIED Security",
		"CLASSIFICATION=SecurityUpdates MSRC_SEVERITY=Low":    "KB1: MISSING 200 UNSPECIFIED Security",
		"CLASSIFICATION=UpdateRollups MSRC_SEVERITY=Low":      "KB1: AVAILABLE_SECURITY_UPDATE 200 UNSPECIFIED Security",
		"MSRC_SEVERITY=Unspecified PATCH_SET=OS":              "KB1: AVAILABLE_SECURITY_UPDATE 200 UNSPECIFIED Security; KB3: MISSING 200 UNSPECIFIED",
		"CLASSIFICATION=Updates":                              "KB1: AVAILABLE_SECURITY_UPDATE 200 UNSPECIFIED Security",
		"PATCH_SET=APPLICATION":                               "KB1: AVAILABLE_SECURITY_UPDATE 200 UNSPECIFIED Security",
	} {
		if got := rowOf(judgedRPM(t, ruled([]string{rule}), scanned, s)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", rule, got, want)
		}
	}
}

// The dates from which a delay counts, in their order, and when a host is looked at again.
func TestDelaysOfWindows(t *testing.T) {
	old, new := scanned.AddDate(0, 0, -30), scanned.AddDate(0, 0, -1)
	for _, row := range []struct {
		name                      string
		updated, issued, released time.Time
		missing                   bool
	}{
		{"updated", old, new, new, true},
		{"updated anew", new, old, old, false},
		{"issued", time.Time{}, new, old, false},
		{"issued long ago", time.Time{}, old, new, true},
		{"of the version", time.Time{}, time.Time{}, new, false},
		{"none", time.Time{}, time.Time{}, time.Time{}, true},
		{"the first of January 1970", time.Unix(0, 0), time.Unix(0, 0), new, false},
	} {
		s := kbScan("KB1 applicable SecurityUpdates")
		s.Advisories[0].UpdatedAt, s.Advisories[0].IssuedAt, s.Packages[0].Versions[0].ReleasedAt = row.updated, row.issued, row.released
		r := judgedRPM(t, ruled([]string{"days=7"}), scanned, s)
		due := time.Time{}
		if !row.missing {
			due = new.AddDate(0, 0, 7).Add(1)
		}
		if got := r.Patches[0].State == messages.Missing; got != row.missing || !r.Waits.Equal(due) {
			t.Errorf("%s: %s, waits until %s", row.name, r.Patches[0].State, r.Waits)
		}
	}
	s := kbScan("KB1 applicable SecurityUpdates 3d")
	for until, want := range map[string]messages.State{"2024-03-07": messages.Missing, "2024-03-06": messages.AvailableSecurityUpdate} {
		if got := judgedRPM(t, ruled([]string{"until=" + until}), scanned, s).Patches[0].State; got != want {
			t.Errorf("until %s: %s", until, got)
		}
	}
}

func TestFailedKBs(t *testing.T) {
	const failed, missing = "KB1: FAILED 200 UNSPECIFIED Security", "KB1: MISSING 200 UNSPECIFIED Security"
	at := func(day int, change func(*messages.Scan)) *messages.Scan {
		s := kbScan("KB1 applicable " + kbSerious)
		s.ID, s.TakenAt, s.IndexAt = "later", march(day), march(day)
		if change(s); s.Validate() != nil {
			t.Fatal(s.Validate())
		}
		return s
	}
	with := func(text string) func(*messages.Scan) {
		return func(s *messages.Scan) {
			p, a := kb(text)
			s.Packages, s.Advisories = []messages.Package{p}, []messages.Advisory{a}
		}
	}
	same := func(*messages.Scan) {}
	other := kbRun("KB1", "", messages.ResultInstalled)
	other.ID, other.FinishedAt, other.StartedAt = "run-2", march(12), march(12)
	named := windowsBut(approved("KB9"))
	for _, row := range []struct {
		name     string
		events   []messages.Event
		baseline *baseline.Baseline
		until    string
		want     string
	}{
		{"it stands", []messages.Event{at(10, same)}, windowsDefault, "", failed},
		{"a later scan does not end it", []messages.Event{at(12, same)}, windowsDefault, "", failed},
		{"but by the setting", []messages.Event{at(12, same)}, windowsDefault, "next-scan", missing},
		{"hidden", []messages.Event{at(12, with("KB1 hidden "+kbSerious))}, windowsDefault, "", failed},
		{"it was installed", []messages.Event{at(10, same), other}, windowsDefault, "", "KB1: INSTALLED 200 UNSPECIFIED Security"},
		{"a scan shows it installed", []messages.Event{at(12, with("KB1 installed "+kbSerious))}, windowsDefault, "", "KB1: INSTALLED 200 UNSPECIFIED Security"},
		{"it is superseded", []messages.Event{at(12, with("KB1 superseded "+kbSerious))}, windowsDefault, "", ""},
		{"it is rejected", []messages.Event{at(10, same)}, windowsBut(rejected("BLOCK", "KB1")), "", ""},
		{"it is not approved", []messages.Event{at(10, with("KB1 applicable Updates"))}, windowsDefault, "", ""},
		{"of a KB that is not listed", []messages.Event{at(10, with("KB2 installed Updates"))}, windowsDefault, "", "KB2: INSTALLED_OTHER 200 UNSPECIFIED Updates"},
		{"of one that is named", []messages.Event{at(10, with("KB2 installed Updates")), kbRun("KB9", "", messages.ResultFailed)}, named, "",
			"KB2: INSTALLED_OTHER 200 UNSPECIFIED Updates; KB9: FAILED 200 UNSPECIFIED"},
	} {
		t.Run(row.name, func(t *testing.T) {
			run := kbRun("KB1", "0x80242007", messages.ResultFailed)
			run.ID, run.Outcomes[0].From, run.Outcomes[0].Arch = "run-0", "100", "neutral" // neither says anything of a KB
			events := append(row.events, run)
			r, err := JudgeBy(row.baseline, Settings{FailedUntil: row.until}, "db-1", factsOf(t, events...), march(12))
			if err != nil {
				t.Fatal(err)
			}
			if got := rowOf(r); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestRebootsOfKBs(t *testing.T) {
	booted := &messages.Scan{ID: "boot", Host: "db-1", TakenAt: march(12), OS: kbScan().OS, Error: "search failed", BootedAt: march(11)}
	stated := kbScan("KB1 installed "+kbSerious, "KB2 installed "+kbSerious)
	stated.RebootRequired, stated.RebootPackages = new(true), []string{"KB2"}
	ran := kbRun("KB1", "", messages.ResultInstalled)
	ran.RebootRequired = new(true)
	for _, row := range []struct {
		name    string
		setting string
		events  []messages.Event
		want    string
	}{
		{"its own state", "", []messages.Event{kbScan("KB1 reboot " + kbSerious)}, "KB1: INSTALLED_PENDING_REBOOT 200 UNSPECIFIED Security"},
		{"until a boot", "", []messages.Event{kbScan("KB1 reboot " + kbSerious), booted}, "KB1: INSTALLED 200 UNSPECIFIED Security"},
		{"the setting leaves it out", "runs", []messages.Event{kbScan("KB1 reboot " + kbSerious)}, "KB1: INSTALLED 200 UNSPECIFIED Security"},
		{"the host's", "", []messages.Event{stated}, "KB1: INSTALLED 200 UNSPECIFIED Security; KB2: INSTALLED_PENDING_REBOOT 200 UNSPECIFIED Security"},
		{"the run's", "runs", []messages.Event{kbScan("KB1 applicable " + kbSerious), ran}, "KB1: INSTALLED_PENDING_REBOOT 200 UNSPECIFIED Security"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := JudgeBy(windowsDefault, Settings{PendingReboot: row.setting}, "db-1", factsOf(t, row.events...), march(12))
			if err != nil {
				t.Fatal(err)
			}
			if got := rowOf(r); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// There are no lists with dates: when the host searched is all it can say. A KB's product is its own.
func TestConditionsOfWindowsAndMacOS(t *testing.T) {
	forOthers := ruled([]string{"PRODUCT=Ubuntu24.04"}, globally("PRODUCT", "Ubuntu24.04"), approved("x"))
	for _, row := range []struct {
		name  string
		index time.Time
		codes []string
	}{
		{"searched today", scanned, nil},
		{"14 days ago", scanned.AddDate(0, 0, -14), nil},
		{"longer ago", scanned.AddDate(0, 0, -14).Add(-1), []string{ListsOld}},
		{"never", time.Time{}, []string{ListsOld}},
		{"by a clock that was ahead", scanned.Add(25 * time.Hour), []string{ListsOld}},
	} {
		for _, s := range []*messages.Scan{kbScan("KB1 installed Updates"), macScan(mac("Safari 26.0"))} {
			s.IndexAt = row.index
			want := append([]string{}, row.codes...)
			if s.OS.System == messages.SystemMacOS {
				want = append(want, BaselineNotForProduct)
			}
			t.Run(row.name+" "+s.OS.System, func(t *testing.T) {
				wantTexts(t, judgedRPM(t, forOthers, scanned, s).Codes(), want...)
			})
		}
	}
}

// What Microsoft's offline file leaves out is not known, and no host is called compliant for it.
func TestAHostOfTheOfflineFileIsNotGreenUnderABaselineThatAsksForMore(t *testing.T) {
	rest := messages.Origin{Archive: messages.ArchiveNotOffline, Origin: "Microsoft", Unread: true}
	offlineAlone := []messages.Origin{{Archive: "wsusscn2", Origin: "Microsoft", Trusted: true, Date: scanned}, rest}
	global := func(values ...string) func(*baseline.Baseline) {
		return func(b *baseline.Baseline) {
			b.GlobalFilters = baseline.FilterGroup{PatchFilters: []baseline.Filter{{Key: "CLASSIFICATION", Values: values}}}
		}
	}
	for name, row := range map[string]struct {
		baseline *baseline.Baseline
		origins  []messages.Origin
		detail   string // empty: the condition does not stand
	}{
		"the default asks for CriticalUpdates":         {windowsDefault, offlineAlone, "not read: Microsoft not in wsusscn2"},
		"everything was asked for":                     {windowsDefault, []messages.Origin{{Archive: "Windows Update", Origin: "Microsoft", Trusted: true}}, ""},
		"no more than the file has":                    {ruled([]string{"CLASSIFICATION=SecurityUpdates,UpdateRollups"}), offlineAlone, ""},
		"no more, as Microsoft writes it":              {windowsBut(global("Security Updates")), offlineAlone, ""},
		"more":                                         {ruled([]string{"CLASSIFICATION=SecurityUpdates,Updates"}), offlineAlone, "not read: Microsoft not in wsusscn2"},
		"whatever there is":                            {ruled([]string{"PRODUCT=*"}), offlineAlone, "not read: Microsoft not in wsusscn2"},
		"the global filters leave no more":             {windowsBut(global("SecurityUpdates")), offlineAlone, ""},
		"the global filters leave more":                {windowsBut(global("SecurityUpdates", "CriticalUpdates")), offlineAlone, "not read: Microsoft not in wsusscn2"},
		"a KB is approved that the scan has":           {ruled([]string{"CLASSIFICATION=SecurityUpdates"}, approved("KB1")), offlineAlone, ""},
		"a KB is approved that the scan does not have": {ruled([]string{"CLASSIFICATION=SecurityUpdates"}, approved("KB2")), offlineAlone, "not read: Microsoft not in wsusscn2"},
		"nothing is approved":                          {&baseline.Baseline{Name: "none", OperatingSystem: "WINDOWS"}, offlineAlone, ""},
		"another source":                               {ruled([]string{"CLASSIFICATION=SecurityUpdates"}), []messages.Origin{{Archive: "WSUS", Site: "wsus.example.org", Unread: true}}, "not read: wsus.example.org WSUS"},
	} {
		t.Run(name, func(t *testing.T) {
			scan := kbScan("KB1 installed SecurityUpdates Critical 30d")
			scan.Origins = row.origins
			r := judgedRPM(t, row.baseline, scanned, scan)
			status, conditions := messages.Compliant, []messages.Condition{}
			if row.detail != "" {
				status, conditions = messages.Unknown, []messages.Condition{{Code: NoLists, Detail: row.detail}}
			}
			if r.Status != status || !slices.Equal(r.Conditions, conditions) {
				t.Errorf("%s %+v, want %s %+v", r.Status, r.Conditions, status, conditions)
			}
		})
	}
}

// A notice that was retracted lists nothing, whatever it is called.
func TestABulletinThatWasRetractedIsNotListed(t *testing.T) {
	scan := kbScan("KB1 installed SecurityUpdates Critical 30d MS10-048")
	scan.Origins = []messages.Origin{{Archive: messages.ArchiveNotOffline, Origin: "Microsoft", Unread: true}}
	b := ruled([]string{"CLASSIFICATION=SecurityUpdates"}, approved("MS10-048"))
	if r := judgedRPM(t, b, scanned, scan); r.Status != messages.Compliant {
		t.Errorf("listed: %s %+v", r.Status, r.Conditions)
	}
	scan.Advisories[0].Status = "retracted"
	if r := judgedRPM(t, b, scanned, scan); r.Status != messages.Unknown || len(r.Conditions) != 1 || r.Conditions[0].Code != NoLists {
		t.Errorf("retracted: %s %+v", r.Status, r.Conditions)
	}
}

package messages

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// golden reads a payload of version 1. These files never change: what was once sent is decoded for ever.
func golden(t testing.TB, file string) ([]byte, Encoding) {
	t.Helper()
	payload, err := os.ReadFile("../testdata/messages/" + file)
	if err != nil {
		t.Fatal(err)
	}
	enc := Sniff(payload)
	if isJSON := enc.ContentType == "application/json"; isJSON != strings.HasSuffix(file, ".json") {
		t.Fatalf("Sniff(%s) = %+v", file, enc)
	}
	return payload, enc
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func TestPayloadsOfVersion1DecodeForEver(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		files string
		kind  Kind
		want  Event
	}{
		{"scan.json scan.msgpack scan-maps.msgpack", KindScan, goldenScan()},
		{"scan-unchanged.json scan-unchanged.msgpack", KindScan, &Scan{
			ID: "01KAJ9FZ2R7E", Host: "web-17.example.org", TakenAt: at("2026-11-20T11:00:00Z"),
			Complete: true, Unchanged: true, Hash: "7d0f3cfa51f2b3c0", OS: goldenOS(),
			BootedAt: at("2026-11-01T04:11:09Z"), BootID: "0b9c7a52-6f0e-4f6f-9b44-2f4f3f0f7a10",
			RebootRequired: new(false),
		}},
		{"scan-failed.json scan-failed.msgpack", KindScan, &Scan{
			ID: "01KAJD3B8T1A", Host: "web-17.example.org", TakenAt: at("2026-11-20T12:00:00Z"),
			Error: "dpkg was interrupted: /var/lib/dpkg/updates is not empty", OS: goldenOS(),
			BootedAt: at("2026-11-01T04:11:09Z"), BootID: "0b9c7a52-6f0e-4f6f-9b44-2f4f3f0f7a10",
		}},
		{"scan-older.msgpack", KindScan, &Scan{ // a writer whose lists end earlier
			ID: "old-1", Host: "db_2", TakenAt: at("2026-11-20T10:00:00Z"), Complete: true,
			OS:      OS{System: "DEBIAN"},
			Origins: []Origin{{Archive: "stable", Site: "m1.example.org", Origin: "Debian"}, {Archive: "stable-security"}},
			Packages: []Package{
				{Name: "bash", Arch: "amd64", Installed: new("5.2.15-2+b2"), Versions: []Version{
					{Version: "5.2.15-2+b2", Priority: "required", Section: "shells", Origins: []int{0}},
					{Version: "5.2.15-2+b7"},
				}},
				{Name: "zsh", Arch: "amd64"},
				{Name: "vim", Arch: "amd64", Versions: []Version{{Version: "2:9.0.1378-2", Origins: []int{1}}}},
			},
		}},
		{"scan-newer.msgpack", KindScan, &Scan{ // a writer whose lists go on, with fields that are not known here
			ID: "new-1", Host: "db-2", TakenAt: at("2026-11-20T10:00:00.123456789Z"), Complete: true,
			OS: OS{System: "DEBIAN", Product: "Debian12"}, Tags: map[string]string{"PatchGroup": "db"},
			RebootPackages: []string{"libc6", "linux-image-amd64"},
			Origins: []Origin{{Archive: "stable", Site: "m1.example.org", Origin: "Debian", Label: "Debian", Component: "main",
				Codename: "bookworm", Trusted: true, Date: at("2026-11-20T10:00:00.123456789Z"), ValidUntil: at("2600-01-02T03:04:05.000000006Z")}, {}},
			Packages: []Package{{
				Name: "bash", Arch: "amd64", Installed: new("5.2.15-2"), Candidate: "5.2.15-2+b7", State: "reinstreq", Hold: true,
				KeptBack: true, Source: "bash", SourceVersion: "5.2.15-2", InstalledAt: at("2026-11-20T10:00:00Z"), Advisories: []string{"DSA-3"},
				Versions: []Version{
					{Version: "5.2.15-2+b7", Priority: "required", Section: "shells", Origins: []int{0, 1}, Phased: new(50), Pin: -10,
						ReleasedAt: at("2026-11-20T10:00:00.123456789Z"), Advisories: []string{"DSA-1", "DSA-2"}},
					{Version: "5.2.15-2", Pin: 100},
				},
			}},
		}},
		{"scan-rpm.json scan-rpm.msgpack", KindScan, goldenRPM()},
		{"scan-windows.json scan-windows.msgpack", KindScan, goldenWindows()},
		{"scan-macos.json scan-macos.msgpack", KindScan, goldenMacOS()},
		{"run.json run.msgpack", KindRun, &Run{
			ID: "01KAJ7X1M5P9", Host: "web-17.example.org", RunID: "nightly-2026-11-20", Operation: OperationInstall,
			StartedAt: at("2026-11-20T10:20:00Z"), FinishedAt: at("2026-11-20T10:21:17Z"), ExitCode: new(100),
			RebootOption: NoReboot, RebootRequired: new(false), BootedAt: at("2026-11-01T04:11:09Z"),
			BootID: "0b9c7a52-6f0e-4f6f-9b44-2f4f3f0f7a10",
			Outcomes: []Outcome{
				{Name: "openssl", Arch: "amd64", From: "3.0.2-0ubuntu1.15", To: new("3.0.2-0ubuntu1.18"), Result: ResultFailed, Stage: "configure",
					Error: "installed openssl package post-installation script subprocess returned error exit status 1"},
				{Name: "curl", Arch: "amd64", From: "7.81.0-1ubuntu1.10", To: new("7.81.0-1ubuntu1.16"), Result: ResultSkipped, Stage: "plan", Error: "held"},
			},
		}},
		{"override.json override.msgpack", KindOverride, &Override{
			ID: "01KAJ8Q0C3D4", Host: "web-17.example.org", Patch: "openssl.amd64", State: NotApplicable, Level: Unspecified,
			Reason: "replaced by a vendor build, CHG-1182", By: "ops", At: at("2026-11-20T10:40:00Z"), ExpiresAt: at("2026-12-20T00:00:00Z"),
		}},
		{"recheck.json recheck.msgpack", KindRecheck, &Recheck{
			ID: "01KAJ9ZZ0R5S", Host: "web-17.example.org", Cause: "baseline prod-ubuntu changed", BaselinesSeq: 42,
		}},
		{"retire.json retire.msgpack", KindRetire, &Retire{
			ID: "01KB2M7D4T6Q", Host: "web-17.example.org", At: at("2026-11-28T09:30:00Z"), By: "ops", Reason: "replaced by web-18, CHG-1201",
		}},
	} {
		for _, file := range strings.Fields(tt.files) {
			t.Run(file, func(t *testing.T) {
				payload, enc := golden(t, file)
				got, err := Decode(tt.kind, payload, enc)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestChangesOfVersion1DecodeForEver(t *testing.T) {
	t.Parallel()
	head := Head{
		V: 1, Host: "web-17.example.org", ID: "k3f9a2zq/web-17.example.org/2", Revision: 2, At: at("2026-11-20T10:21:19Z"),
		Cause:    Cause{Kind: KindRun, ID: "01KAJ7X1M5P9", OccurredAt: at("2026-11-20T10:21:17Z")},
		Baseline: BaselineRef{ID: "prod-ubuntu", Name: "prod-ubuntu", Version: 4},
		Status:   StatusChange{From: NonCompliant, To: NonCompliant}, Level: LevelChange{From: Critical, To: Critical},
		Counts: Counts{"INSTALLED": 0, "INSTALLED_OTHER": 0, "INSTALLED_REJECTED": 0, "INSTALLED_PENDING_REBOOT": 0, "MISSING": 1,
			"FAILED": 1, "NOT_APPLICABLE": 1, "AVAILABLE_SECURITY_UPDATE": 0,
			CriticalNonCompliant: 1, SecurityNonCompliant: 2, OtherNonCompliant: 0},
	}
	changed := &Changed{Head: head, Transitions: []Transition{{From: Missing, Item: Item{
		Patch: "openssl.amd64", Name: "openssl", Arch: "amd64", State: Failed, Version: "3.0.2-0ubuntu1.18",
		Installed: "3.0.2-0ubuntu1.15", Level: Critical, Classification: "Security", Since: at("2026-11-20T10:00:00Z"),
		Reason: Reason{
			Matched: &Matched{Rule: new(0)}, Compared: []string{"3.0.2-0ubuntu1.15", "3.0.2-0ubuntu1.18"},
			Outcome: &OutcomeReason{Event: "01KAJ7X1M5P9", RunID: "nightly-2026-11-20", Stage: "configure",
				Error: "installed openssl package post-installation script subprocess returned error exit status 1"},
		},
	}}}}
	status := &StatusChanged{head}
	status.ID += "/status"
	status.Status = StatusChange{From: NonCompliant, To: Unknown, Reasons: []string{"scan_old"}}

	for _, format := range []string{"json", "msgpack"} {
		payload, enc := golden(t, "changed."+format)
		gotChanged, err := DecodeChanged(payload, enc)
		if diff := cmp.Diff(changed, gotChanged); err != nil || diff != "" {
			t.Error(format, err, diff)
		}
		payload, enc = golden(t, "status."+format)
		gotStatus, err := DecodeStatusChanged(payload, enc)
		if diff := cmp.Diff(status, gotStatus); err != nil || diff != "" {
			t.Error(format, err, diff)
		}
	}
}

func goldenOS() OS {
	return OS{System: "UBUNTU", Product: "Ubuntu22.04", Version: "22.04", Codename: "jammy", Arch: "amd64", Kernel: "5.15.0-100-generic"}
}

// goldenRPM is a host with all the fields that came with rpm.
func goldenRPM() *Scan {
	origin := func(archive, site, label string) Origin {
		return Origin{Archive: archive, Site: site, Label: label, Trusted: true}
	}
	s := &Scan{
		ID: "01KB0T2V5R9M", Host: "db-3.example.org", TakenAt: at("2024-03-05T09:00:00Z"), Complete: true, Hash: "b1946ac92492d234",
		OS:   OS{System: "REDHAT_ENTERPRISE_LINUX", Product: "RedhatEnterpriseLinux9.3", Version: "9.3", Arch: "x86_64", Kernel: "5.14.0-362.8.1.el9_3.x86_64"},
		Tags: map[string]string{"Patch Group": "db"}, BootedAt: at("2024-02-20T04:11:09Z"), BootID: "5d0b6e0c-6f0e-4f6f-9b44-2f4f3f0f7a10",
		RebootRequired: new(true), RebootPackages: []string{"kernel-core"}, IndexAt: at("2024-03-05T06:02:11Z"),
		Origins: []Origin{origin("baseos", "cdn.redhat.com", "Red Hat Enterprise Linux 9 - BaseOS"), origin("acme", "repo.example.org", "Acme")},
		Packages: []Package{
			{
				Name: "kernel-core", Arch: "x86_64", Installed: new("5.14.0-362.13.1.el9_3"), Candidate: "5.14.0-362.18.1.el9_3", Source: "kernel",
				SourceVersion: "5.14.0-362.13.1.el9_3", InstalledAt: at("2024-02-25T02:10:40Z"), Advisories: []string{"RHSA-2023:7749"},
				Others: []string{"5.14.0-362.8.1.el9_3"}, SideBySide: true,
				Versions: []Version{
					{Version: "5.14.0-362.13.1.el9_3", Origins: []int{0}, ReleasedAt: at("2023-12-08T08:12:30Z"), Advisories: []string{"RHSA-2023:7749"}},
					{Version: "5.14.0-362.18.1.el9_3", Origins: []int{0}, ReleasedAt: at("2024-01-24T13:42:07Z"), Advisories: []string{"RHSA-2024:0461"}, Excluded: true},
				},
			},
			{
				Name: "nginx", Arch: "x86_64", Installed: new("1:1.22.1-3.module+el9.2.0+17617+2f289c6c"),
				Candidate: "1:1.22.1-5.module+el9.3.0+20458+bd66b7b8.1", Module: "nginx:1.22:9020020230222174222:rhel9",
				Versions: []Version{{Version: "1:1.22.1-5.module+el9.3.0+20458+bd66b7b8.1", Origins: []int{0},
					Advisories: []string{"RHSA-2024:0461", "RHBA-2024:0500"}, Module: "nginx:1.22:9030020240115100000:rhel9"}},
			},
			{
				Name: "acme-tools", Arch: "x86_64", Installed: new("1.1-1"), State: "duplicate", Others: []string{"1.0-1"},
				Versions: []Version{{Version: "1.2-1", Origins: []int{1}, Arch: "noarch"}},
			},
		},
		Advisories: []Advisory{
			{ID: "RHSA-2023:7749", Type: "security", Severity: "Important", Status: "final", IssuedAt: at("2023-12-12T00:00:00Z"),
				CVEs: []string{"CVE-2023-3609", "CVE-2023-3812"}, Bugs: []string{"2225201"}, Reboot: true},
			{ID: "RHSA-2024:0461", Type: "security", Severity: "Important", Status: "final", IssuedAt: at("2024-01-25T00:00:00Z"),
				UpdatedAt: at("2024-01-26T07:53:06Z"), CVEs: []string{"CVE-2023-5345"}, Bugs: []string{"2241924"}, Aliases: []string{"RHSA-2024-0461"},
				Products: []string{"Red Hat Enterprise Linux 9"}, Families: []string{"Red Hat Enterprise Linux"}, Set: SetOS, Reboot: true,
				Supersedes: []string{"RHSA-2023:7749"}},
			{ID: "RHBA-2024:0500", Type: "bugfix", Severity: "None"},
		},
	}
	s.Origins[0].Codename, s.Origins[0].Date, s.Origins[0].Notices = "9.3", at("2024-03-04T21:14:02Z"), true
	s.Origins[0].CheckedAt, s.Origins[1].CheckedAt = at("2024-03-05T06:02:09Z"), at("2024-03-05T06:02:11Z")
	s.Origins[1].Date = at("2024-01-09T08:00:00Z")
	return s
}

// The example of the pages is that payload.
func TestTheExampleOfAnRPMHostDecodes(t *testing.T) {
	t.Parallel()
	payload, err := os.ReadFile("../docs/examples/scan-rpm.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(KindScan, payload, Sniff(payload))
	if diff := cmp.Diff(Event(goldenRPM()), got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func goldenScan() *Scan {
	origin := func(archive, date string) Origin {
		return Origin{Archive: archive, Site: "mirror.example.org", Origin: "Ubuntu", Label: "Ubuntu", Component: "main",
			Codename: "jammy", Trusted: true, Date: at(date)}
	}
	return &Scan{
		ID: "01KAJ5W0Q4N2", Host: "web-17.example.org", TakenAt: at("2026-11-20T10:00:00Z"), Complete: true, Hash: "7d0f3cfa51f2b3c0",
		OS: goldenOS(), Tags: map[string]string{"Patch Group": "web"},
		BootedAt: at("2026-11-01T04:11:09Z"), BootID: "0b9c7a52-6f0e-4f6f-9b44-2f4f3f0f7a10", RebootRequired: new(false),
		IndexAt: at("2026-11-20T06:25:03Z"),
		Origins: []Origin{
			origin("jammy", "2022-04-21T17:16:08Z"), origin("jammy-updates", "2026-11-20T09:12:44Z"), origin("jammy-security", "2026-11-20T08:30:01Z"),
		},
		Packages: []Package{
			{
				Name: "openssl", Arch: "amd64", Installed: new("3.0.2-0ubuntu1.15"), Candidate: "3.0.2-0ubuntu1.18", State: "installed",
				Source: "openssl", SourceVersion: "3.0.2-0ubuntu1.15", InstalledAt: at("2026-09-02T06:31:40Z"),
				Versions: []Version{
					{Version: "3.0.2-0ubuntu1.18", Priority: "important", Section: "utils", Origins: []int{1, 2}, Pin: 500},
					{Version: "3.0.2-0ubuntu1.15", Priority: "important", Section: "utils", Pin: 100},
				},
			},
			{
				Name: "curl", Arch: "amd64", Installed: new("7.81.0-1ubuntu1.10"), Candidate: "7.81.0-1ubuntu1.16", Hold: true, KeptBack: true,
				State: "installed",
				Versions: []Version{
					{Version: "7.81.0-1ubuntu1.16", Priority: "optional", Section: "web", Origins: []int{1, 2}, Pin: 500},
					{Version: "7.81.0-1ubuntu1.10", Priority: "optional", Section: "web", Pin: 100},
				},
			},
		},
	}
}

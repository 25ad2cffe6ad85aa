package classify

import (
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

const security = "CLASSIFICATION=Security"

func TestRowsOfRPM(t *testing.T) {
	sudo := rpmPkg("sudo.x86_64", "1.9.5p2-9.el9", "1.9.5p2-10.el9_3 RHSA-2024:0811")
	bash := rpmPkg("bash.x86_64", "5.1.8-6.el9 RHSA-2022:9999", "5.1.8-9.el9 RHBA-2024:0100")
	agent := rpmPkg("agent-x.x86_64", "3.2~rc1-1", "3.2-1", "3.2^20240301git0abc-1")
	secunder := rpmPkg("secunder.x86_64", "1.0-1", "1.1-1 RHSA-2024:0901", "1.2-1 RHBA-2024:0902")
	two := rpmPkg("twonotices.x86_64", "1.0-1", "1.1-1 RHSA-2024:0903 RHBA-2024:0902", "1.2-1 RHSA-2024:0901")
	kernel := but(rpmPkg("kernel-core.x86_64", "5.14.0-362.13.1.el9_3", "5.14.0-427.13.1.el9_4 RHSA-2024:1234"), func(p *messages.Package) {
		p.Others, p.SideBySide = []string{"5.14.0-362.8.1.el9_3"}, true
	})
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		pkg      messages.Package
		now      time.Time // zero: when it was scanned
		want     string
	}{
		{"R1", ruled([]string{security + " SEVERITY=Critical,Important", "CLASSIFICATION=Bugfix"}), sudo, time.Time{}, "sudo.x86_64: INSTALLED_OTHER 1.9.5p2-9.el9 UNSPECIFIED"},
		{"R2", ruled([]string{security + " SEVERITY=Medium"}), sudo, time.Time{}, "sudo.x86_64: MISSING 1.9.5p2-10.el9_3 UNSPECIFIED Security"},
		{"R3", ruled([]string{security + " SEVERITY=Critical,Important"}), bash, time.Time{}, "bash.x86_64: INSTALLED 5.1.8-6.el9 UNSPECIFIED"},
		{"R4", ruled([]string{security, "CLASSIFICATION=Bugfix"}), bash, time.Time{}, "bash.x86_64: MISSING 5.1.8-9.el9 UNSPECIFIED Bugfix"},
		{"R5", ruled([]string{"nonsecurity"}), rpmPkg("local-agent.x86_64", "1.0-1 in="), time.Time{}, "local-agent.x86_64: INSTALLED_OTHER 1.0-1 UNSPECIFIED"},
		{"R6", ruled([]string{"PRODUCT=* nonsecurity"}), agent, time.Time{}, "agent-x.x86_64: MISSING 3.2^20240301git0abc-1 UNSPECIFIED"},
		{"R7", ruled([]string{security}), secunder, time.Time{}, "secunder.x86_64: MISSING 1.1-1 UNSPECIFIED Security"},
		{"R8", ruled([]string{security + " level=CRITICAL", "CLASSIFICATION=Bugfix level=LOW"}), secunder, time.Time{}, "secunder.x86_64: MISSING 1.2-1 CRITICAL Security"},
		{"R9", ruled([]string{security}), rpmPkg("secunder.x86_64", "1.0-1", "1.3-1 RHSA-2024:0901 in=", "1.1-1 RHSA-2024:0901", "1.2-1 RHBA-2024:0902"), time.Time{}, "secunder.x86_64: MISSING 1.1-1 UNSPECIFIED Security"},
		{"R10", ruled([]string{security + " SEVERITY=Low level=LOW"}), two, time.Time{}, "twonotices.x86_64: MISSING 1.1-1 LOW Security"},
		{"R11", ruled([]string{"CLASSIFICATION=Bugfix SEVERITY=Low"}), rpmPkg("twonotices.x86_64", "1.0-1", "1.1-1 RHSA-2024:0903 RHBA-2024:0902"), time.Time{}, "twonotices.x86_64: INSTALLED_OTHER 1.0-1 UNSPECIFIED"},
		{"R12", ruled([]string{security + " nonsecurity"}), rpmPkg("agent-x.x86_64", "3.2~rc1-1", "3.2-1"), time.Time{}, "agent-x.x86_64: INSTALLED_OTHER 3.2~rc1-1 UNSPECIFIED"},
		{"R14", ruled([]string{security + " SEVERITY=Critical"}), rpmPkg("nginx.x86_64", "1:1.22-1 module=nginx:1.22:1", "1:1.22-2 RHSA-2024:0500 module=nginx:1.22:2", "1:1.24-1 RHSA-2024:0501 module=nginx:1.24:2"), time.Time{}, "nginx.x86_64: INSTALLED_OTHER 1:1.22-1 UNSPECIFIED"},
		{"R15", ruled([]string{security}), but(rpmPkg("locked.x86_64", "1.0-1", "1.1-1 RHSA-2024:0901"), func(p *messages.Package) { p.Hold, p.Candidate = true, "" }), time.Time{}, "locked.x86_64: MISSING 1.1-1 UNSPECIFIED Security hold"},
		{"R16", ruled([]string{security}), but(rpmPkg("excluded.x86_64", "1.0-1", "1.1-1 RHSA-2024:0901 excluded"), func(p *messages.Package) { p.Candidate = "" }), time.Time{}, "excluded.x86_64: MISSING 1.1-1 UNSPECIFIED Security excluded"},
		{"R17", ruled([]string{security}), but(rpmPkg("needs-missing.x86_64", "1.0-1", "2.0-1 RHSA-2024:0901"), func(p *messages.Package) { p.KeptBack = true }), time.Time{}, "needs-missing.x86_64: MISSING 2.0-1 UNSPECIFIED Security kept_back"},
		{"R18", ruled([]string{security + " SEVERITY=Important"}), kernel, time.Time{}, "kernel-core.x86_64: MISSING 5.14.0-427.13.1.el9_4 UNSPECIFIED Security"},
		{"R20", ruled([]string{"nonsecurity"}), but(rpmPkg("acme-preun.x86_64", "1.1-1"), func(p *messages.Package) { p.Others = []string{"1.0-1"} }), time.Time{}, "acme-preun.x86_64: FAILED 1.1-1 UNSPECIFIED"},
		{"R20, by the scan's word", ruled([]string{security}), but(rpmPkg("acme-preun.x86_64", "1.1-1"), state("duplicate")), time.Time{}, "acme-preun.x86_64: FAILED 1.1-1 UNSPECIFIED"},
		{"R21, it matches", ruled([]string{"nonsecurity"}), rpmPkg("oldtool.x86_64", "1.0-1"), time.Time{}, "oldtool.x86_64: INSTALLED 1.0-1 UNSPECIFIED"},
		{"R21, it does not", ruled([]string{security}), rpmPkg("oldtool.x86_64", "1.0-1"), time.Time{}, "oldtool.x86_64: INSTALLED_OTHER 1.0-1 UNSPECIFIED"},
		{"R22", ruled([]string{"CLASSIFICATION=Bugfix"}), rpmPkg("archchange.noarch", "1.0-1", "1.1-1 RHBA-2024:0100 arch=x86_64"), time.Time{}, "archchange.noarch: MISSING 1.1-1 UNSPECIFIED Bugfix"},
		{"R25", ruled(nil, func(b *baseline.Baseline) {
			b.ApprovedPatches, b.ApprovedPatchesComplianceLevel = []string{"CVE-2023-42465"}, messages.High
			b.GlobalFilters.PatchFilters = []baseline.Filter{{Key: "CLASSIFICATION", Values: []string{"Bugfix"}}}
		}), sudo, time.Time{}, "sudo.x86_64: MISSING 1.9.5p2-10.el9_3 HIGH Security"},
		{"R26", ruled([]string{security}, rejected("", "RHSA-2024:0811")), sudo, time.Time{}, "sudo.x86_64: INSTALLED_OTHER 1.9.5p2-9.el9 UNSPECIFIED"},
		{"R27, BLOCK", ruled([]string{security}, rejected("BLOCK", "sudo-1.9.5p2-10*")), exactly(rpmPkg("sudo.x86_64", "1.9.5p2-10.el9_3 RHSA-2024:0811")), time.Time{}, "sudo.x86_64: INSTALLED_REJECTED 1.9.5p2-10.el9_3 UNSPECIFIED Security"},
		{"R27, ALLOW_AS_DEPENDENCY", ruled([]string{security}, rejected("ALLOW_AS_DEPENDENCY", "sudo-1.9.5p2-10*")), exactly(rpmPkg("sudo.x86_64", "1.9.5p2-10.el9_3 RHSA-2024:0811")), time.Time{}, "sudo.x86_64: INSTALLED_OTHER 1.9.5p2-10.el9_3 UNSPECIFIED Security"},
		{"R28, EnableNonSecurity", ruled([]string{"nonsecurity"}), rpmPkg("tool-u.x86_64", "1.0-1", "1.1-1 in=untrusted"), time.Time{}, "tool-u.x86_64: MISSING 1.1-1 UNSPECIFIED"},
		{"R28, without", ruled([]string{security}), rpmPkg("tool-u.x86_64", "1.0-1", "1.1-1 in=untrusted"), time.Time{}, "tool-u.x86_64: INSTALLED_OTHER 1.0-1 UNSPECIFIED"},
		{"R29, the delay's last moment", ruled([]string{security + " days=7"}), rpmPkg("openssl-libs.x86_64", "1:3.0.7-24", "1:3.0.7-25 RHSA-2024:0310"), stamp("2024-02-27T10:11:12"), "openssl-libs.x86_64: INSTALLED_OTHER 1:3.0.7-24 UNSPECIFIED"},
		{"R29, one second later", ruled([]string{security + " days=7"}), rpmPkg("openssl-libs.x86_64", "1:3.0.7-24", "1:3.0.7-25 RHSA-2024:0310"), stamp("2024-02-27T10:11:13"), "openssl-libs.x86_64: MISSING 1:3.0.7-25 UNSPECIFIED Security"},
		{"R30, until its day", ruled([]string{security + " until=2024-02-20"}), rpmPkg("openssl-libs.x86_64", "1:3.0.7-24", "1:3.0.7-25 RHSA-2024:0310"), time.Time{}, "openssl-libs.x86_64: MISSING 1:3.0.7-25 UNSPECIFIED Security"},
		{"R30, until the day before", ruled([]string{security + " until=2024-02-19"}), rpmPkg("openssl-libs.x86_64", "1:3.0.7-24", "1:3.0.7-25 RHSA-2024:0310"), time.Time{}, "openssl-libs.x86_64: INSTALLED_OTHER 1:3.0.7-24 UNSPECIFIED"},
		{"R31, midnight", ruled([]string{security + " days=7"}), sudo, stamp("2024-02-21"), "sudo.x86_64: INSTALLED_OTHER 1.9.5p2-9.el9 UNSPECIFIED"},
		{"R31, one second later", ruled([]string{security + " days=7"}), sudo, stamp("2024-02-21T00:00:01"), "sudo.x86_64: MISSING 1.9.5p2-10.el9_3 UNSPECIFIED Security"},
		{"R32, waiting", ruled([]string{"nonsecurity days=7"}), rpmPkg("x.x86_64", "1.0-1 built=2020-01-01", "1.1-1 built=2024-05-01"), stamp("2024-05-08"), "x.x86_64: INSTALLED 1.0-1 UNSPECIFIED"},
		{"R32, later", ruled([]string{"nonsecurity days=7"}), rpmPkg("x.x86_64", "1.0-1 built=2020-01-01", "1.1-1 built=2024-05-01"), stamp("2024-05-08T00:00:01"), "x.x86_64: MISSING 1.1-1 UNSPECIFIED"},
		{"R33", ruled([]string{security + " days=7"}), rpmPkg("x.x86_64", "1.0-1", "1.1-1 RHSA-2024:0811", "1.2-1 RHSA-2024:0310"), stamp("2024-02-24"), "x.x86_64: MISSING 1.1-1 UNSPECIFIED Security"},
		{"R34", ruled([]string{security}), rpmPkg("x.x86_64", "1.0-1", "1.10-1 RHSA-2024:0811", "1.9-1 RHSA-2024:0903"), time.Time{}, "x.x86_64: MISSING 1.10-1 UNSPECIFIED Security pin"},
		{"R35", ruled([]string{security}), rpmPkg("x.x86_64", "1:1.0-1", "2.0-1 RHSA-2024:0811"), time.Time{}, "x.x86_64: INSTALLED_OTHER 1:1.0-1 UNSPECIFIED"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := rowOf(judgedRPM(t, row.baseline, or(row.now, scanned), rhel(row.pkg))); got != row.want {
				t.Errorf("\ngot  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestRowsOfRPM_R13_twoArchitectures(t *testing.T) {
	r := judgedRPM(t, ruled([]string{security}), scanned, rhel(
		rpmPkg("glibc.i686", "2.34-83.el9", "2.34-83.el9_3.7 RHSA-2024:0500"), rpmPkg("glibc.x86_64", "2.34-83.el9", "2.34-83.el9_3.7 RHSA-2024:0500")))
	want := "glibc.i686: MISSING 2.34-83.el9_3.7 UNSPECIFIED Security; glibc.x86_64: MISSING 2.34-83.el9_3.7 UNSPECIFIED Security"
	if got := rowOf(r); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
}

func TestRowsOfRPM_R17_afterARunThatNamedIt(t *testing.T) {
	p := but(rpmPkg("needs-missing.x86_64", "1.0-1", "2.0-1 RHSA-2024:0901"), func(p *messages.Package) { p.KeptBack = true })
	run := rpmRun(scanned.Add(time.Hour), rpmOutcome("needs-missing", "2.0-1", messages.ResultFailed, "resolve", "nothing provides x"))
	if got, want := rowOf(judgedRPM(t, ruled([]string{security}), scanned.Add(2*time.Hour), rhel(p), run)), "needs-missing.x86_64: FAILED 2.0-1 UNSPECIFIED Security"; got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
}

func TestRowsOfRPM_R19_aKernelWaits(t *testing.T) {
	kernel := but(rpmPkg("kernel-core.x86_64", "5.14.0-427.13.1.el9_4 RHSA-2024:2394"), func(p *messages.Package) {
		p.Others, p.SideBySide = []string{"5.14.0-362.13.1.el9_3"}, true
	})
	const want = "kernel-core.x86_64: INSTALLED_PENDING_REBOOT 5.14.0-427.13.1.el9_4 UNSPECIFIED"
	b := ruled([]string{security + " SEVERITY=Important"})
	running := func(s *messages.Scan, kernel string) *messages.Scan {
		s.OS.Kernel = kernel
		return s
	}
	told := rhel(kernel)
	told.RebootRequired, told.RebootPackages = new(true), []string{"kernel-core"}
	for name, row := range map[string]struct {
		scan *messages.Scan
		want string
	}{
		"the host says so":            {told, want},
		"the running one is older":    {running(rhel(kernel), "5.14.0-362.13.1.el9_3.x86_64"), want},
		"it runs":                     {running(rhel(kernel), "5.14.0-427.13.1.el9_4.x86_64"), "kernel-core.x86_64: INSTALLED 5.14.0-427.13.1.el9_4 UNSPECIFIED"},
		"another one runs (Oracle's)": {running(rhel(kernel), "5.15.0-200.el9uek.x86_64"), "kernel-core.x86_64: INSTALLED 5.14.0-427.13.1.el9_4 UNSPECIFIED"},
		"SUSE": {running(rpmScan("SUSE", "Suse15.5", but(rpmPkg("kernel-default.x86_64", "5.14.21-150500.55.52.1 RHSA-2024:2394"), func(p *messages.Package) {
			p.Others, p.SideBySide = []string{"5.14.21-150500.55.49.1"}, true
		})), "5.14.21-150500.55.49-default"), "kernel-default.x86_64: INSTALLED_PENDING_REBOOT 5.14.21-150500.55.52.1 UNSPECIFIED"},
		"SUSE's for small machines": {running(rpmScan("SUSE", "Suse15.6", but(rpmPkg("kernel-default-base.x86_64", "6.4.0-150600.23.81.3.150600.12.36.3 RHSA-2024:2394"), func(p *messages.Package) {
			p.Others, p.SideBySide = []string{"6.4.0-150600.23.70.1.150600.12.30.2"}, true
		})), "6.4.0-150600.23.70-default"), "kernel-default-base.x86_64: INSTALLED_PENDING_REBOOT 6.4.0-150600.23.81.3.150600.12.36.3 UNSPECIFIED"},
	} {
		if got := rowOf(judgedRPM(t, b, scanned, row.scan)); got != row.want {
			t.Errorf("%s\ngot  %s\nwant %s", name, got, row.want)
		}
	}
}

func TestRowsOfRPM_R23_R24_notInstalled(t *testing.T) {
	if got := rowOf(judgedRPM(t, ruled([]string{security}), scanned, rhel(rpmPkg("httpd.x86_64", "", "2.4-1 RHSA-2024:1872")))); got != "" {
		t.Errorf("R23: %s", got)
	}
	s := rhel()
	s.Advisories = s.Advisories[:3] // the notice of what is not installed is not among them
	got := rowOf(judgedRPM(t, ruled(nil, approved("httpd", "RHSA-2024:1872", "CVE-2023-38709")), scanned, s))
	want := "CVE-2023-38709: NOT_APPLICABLE UNSPECIFIED; RHSA-2024:1872: NOT_APPLICABLE UNSPECIFIED; httpd: NOT_APPLICABLE UNSPECIFIED"
	if got != want {
		t.Errorf("R24\ngot  %s\nwant %s", got, want)
	}
	got = rowOf(judgedRPM(t, ruled(nil, approved("RHSA-2024:1872")), scanned, rhel(rpmPkg("httpd.x86_64", "", "2.4-1 RHSA-2024:1872"))))
	if want := "httpd.x86_64: NOT_APPLICABLE UNSPECIFIED"; got != want {
		t.Errorf("R24, listed\ngot  %s\nwant %s", got, want)
	}
}

func TestRowsOfRPM_R36_R37_R38_runs(t *testing.T) {
	b := ruled([]string{security + " SEVERITY=Important,Critical"})
	after := scanned.Add(time.Hour)
	post := rpmRun(after, rpmOutcome("acme-post", "1.1-1", messages.ResultInstalled, "post", "exit status 4"))
	r := judgedRPM(t, b, after, rhel(rpmPkg("acme-post.x86_64", "1.0-1", "1.1-1 ACME-2024:3")), post)
	if got, want := rowOf(r), "acme-post.x86_64: INSTALLED 1.1-1 UNSPECIFIED Security"; got != want {
		t.Errorf("R36\ngot  %s\nwant %s", got, want)
	}
	if o := r.Patches[0].Reason.Outcome; o == nil || o.Error != "exit status 4" || o.Stage != "post" {
		t.Errorf("R36: %+v", o)
	}
	later := rhel(rpmPkg("acme-post.x86_64", "1.1-1 ACME-2024:3"))
	later.TakenAt = after.Add(time.Hour)
	r = judgedRPM(t, b, later.TakenAt, later, post)
	if got, want := rowOf(r), "acme-post.x86_64: INSTALLED 1.1-1 UNSPECIFIED"; got != want {
		t.Errorf("R36, scanned since\ngot  %s\nwant %s", got, want)
	}
	if o := r.Patches[0].Reason.Outcome; o == nil || o.Error != "exit status 4" {
		t.Errorf("R36, scanned since: %+v", o)
	}
	pre := rpmRun(after, rpmOutcome("acme-pre", "1.1-1", messages.ResultFailed, "pre", "exit status 1"))
	if got, want := rowOf(judgedRPM(t, b, after, rhel(rpmPkg("acme-pre.x86_64", "1.0-1", "1.1-1 ACME-2024:2")), pre)), "acme-pre.x86_64: FAILED 1.1-1 UNSPECIFIED Security"; got != want {
		t.Errorf("R37\ngot  %s\nwant %s", got, want)
	}
	r = judgedRPM(t, b, after, rhel(rpmPkg("acme-pre.x86_64", "1.0-1", "1.1-1")), pre)
	if got, want := rowOf(r), "acme-pre.x86_64: INSTALLED_OTHER 1.0-1 UNSPECIFIED"; got != want {
		t.Errorf("R38\ngot  %s\nwant %s", got, want)
	}
	if o := r.Patches[0].Reason.Outcome; o == nil || o.Error != "exit status 1" {
		t.Errorf("R38 does not tell of the attempt: %+v", o)
	}
}

func TestRowsOfRPM_R39_R40_R41_sources(t *testing.T) {
	frozen := scanned.Add(-40 * 24 * time.Hour)
	origin := func(s *messages.Scan, id string) *messages.Origin { return &s.Origins[indexOf(id)] }
	three := func(in ...string) *messages.Scan {
		return rhel(rpmPkg("a.x86_64", "1-1 in="+in[0]), rpmPkg("b.x86_64", "1-1 in="+in[1]), rpmPkg("c.x86_64", "1-1 in="+in[2]))
	}
	without := three("base", "base", "base")
	for i := range without.Origins {
		without.Origins[i].Notices = false
	}
	besideEPEL := three("base", "base", "base")
	origin(besideEPEL, "base").Date = frozen
	besideAppStream := three("base", "appstream", "local")
	besideAppStream.Packages[2].Versions = nil
	origin(besideAppStream, "base").Date = frozen
	behind := three("base", "base", "base") // of a mirror that carries nothing as new as what is installed
	for i := range behind.Packages {
		behind.Packages[i].Versions = nil
	}
	origin(behind, "base").Date = frozen
	unread := three("base", "base", "base")
	origin(unread, "epel").Unread, origin(unread, "epel").Trusted = true, false
	for _, row := range []struct {
		name     string
		scan     *messages.Scan
		baseline *baseline.Baseline
		want     []string
	}{
		{"R39", without, ruled([]string{security}), []string{NoSecuritySource}},
		{"R39, everything is accepted", without, ruled([]string{"nonsecurity"}), nil},
		{"R40", besideEPEL, baseline.Default("REDHAT_ENTERPRISE_LINUX"), []string{SecurityListsOld}},
		{"R41", besideAppStream, baseline.Default("REDHAT_ENTERPRISE_LINUX"), []string{SecurityListsOld}},
		{"all of today", three("base", "appstream", "epel"), baseline.Default("REDHAT_ENTERPRISE_LINUX"), nil},
		{"nothing is as new as what is installed", behind, baseline.Default("REDHAT_ENTERPRISE_LINUX"), []string{SecurityListsOld}},
		{"one was not read", unread, ruled([]string{"nonsecurity"}), []string{NoSecuritySource}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedRPM(t, row.baseline, scanned, row.scan)
			status := messages.Unknown
			if row.want == nil {
				status = messages.Compliant
			}
			wantStatus(t, r, status, row.want...)
		})
	}
}

func indexOf(id string) int {
	for i, known := range rpmOrigins {
		if known == id {
			return i
		}
	}
	return -1
}

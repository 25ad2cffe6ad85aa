package classify

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// The system's own security source.
func TestOwn_security_origin(t *testing.T) {
	const before, after = -24 * 400, 24 * 200 // jammy's standard support ends on 2027-06-01
	ubuntu, debian := messages.OS{System: "UBUNTU", Product: "Ubuntu22.04", Codename: "jammy"}, messages.OS{System: "DEBIAN", Product: "Debian12", Codename: "bookworm"}
	none := messages.OS{System: "DEBIAN", Product: "Debian12"}
	for _, row := range []struct {
		name   string
		os     messages.OS
		origin messages.Origin
		hours  float64
		s      Settings
		own    bool
	}{
		{"its archive is the release's security", ubuntu, messages.Origin{Archive: "jammy-security"}, 0, Settings{}, true},
		{"in any case", ubuntu, messages.Origin{Archive: "Jammy-Security"}, 0, Settings{}, true},
		{"its codename is", debian, messages.Origin{Archive: "stable-security", Codename: "bookworm-security"}, 0, Settings{}, true},
		{"its archive is the release's updates of old", debian, messages.Origin{Archive: "bookworm/updates"}, 0, Settings{}, true},
		{"its codename is", debian, messages.Origin{Codename: "bookworm/updates"}, 0, Settings{}, true},
		{"that of another release is not", ubuntu, messages.Origin{Archive: "noble-security"}, 0, Settings{}, false},
		{"nor the release's updates", ubuntu, messages.Origin{Archive: "jammy-updates", Codename: "jammy"}, 0, Settings{}, false},
		{"nor a vendor's", ubuntu, messages.Origin{Archive: "acme-security", Codename: "jammy"}, 0, Settings{}, false},
		{"nor ESM for applications", ubuntu, messages.Origin{Archive: "jammy-apps-security", Codename: "jammy"}, after, Settings{}, false},

		{"Debian's site, and the release's codename", debian, messages.Origin{Site: "security.debian.org", Codename: "bookworm"}, 0, Settings{}, true},
		{"a site that contains it", debian, messages.Origin{Site: "mirror.SECURITY.debian.org:8080", Codename: "Bookworm-Security"}, 0, Settings{}, true},
		{"Debian's site, and a release left behind", debian, messages.Origin{Site: "security.debian.org", Archive: "oldstable-security", Codename: "bullseye-security"}, 0, Settings{}, false},
		{"another site", debian, messages.Origin{Site: "deb.debian.org", Codename: "bookworm"}, 0, Settings{}, false},
		{"a host without a codename has none", none, messages.Origin{Site: "security.debian.org", Archive: "-security"}, 0, Settings{}, false},

		{"an archive of the settings", none, messages.Origin{Archive: "Fixes"}, 0, Settings{OwnSecurityArchives: []string{"x", "fixes"}}, true},
		{"a site of the settings", ubuntu, messages.Origin{Site: "fixes.example.org"}, 0, Settings{OwnSecuritySites: []string{"FIXES.example.org"}}, true},
		{"a label of the settings", ubuntu, messages.Origin{Label: "Fixes"}, 0, Settings{OwnSecurityLabels: []string{"fixes"}}, true},
		{"compared whole", ubuntu, messages.Origin{Archive: "fixes-2", Site: "a.fixes", Label: "fixes "}, 0, Settings{OwnSecurityArchives: []string{"fixes"}, OwnSecuritySites: []string{"fixes"}, OwnSecurityLabels: []string{"fixes"}}, false},
		{"what other settings make security is not own", ubuntu, messages.Origin{Archive: "fixes", Site: "fixes", Label: "fixes"}, 0, Settings{SecurityArchives: []string{"fixes"}, SecuritySites: []string{"fixes"}, SecurityLabels: []string{"fixes"}}, false},

		{"ESM, after the end of standard support", ubuntu, messages.Origin{Archive: "jammy-infra-security", Codename: "jammy"}, after, Settings{}, true},
		{"by its codename", ubuntu, messages.Origin{Codename: "jammy-infra-security"}, after, Settings{}, true},
		{"before it", ubuntu, messages.Origin{Archive: "jammy-infra-security", Codename: "jammy"}, before, Settings{}, false},
		{"on its last day", ubuntu, messages.Origin{Archive: "jammy-infra-security"}, time.Date(2027, 6, 1, 23, 59, 59, 0, time.UTC).Sub(t0).Hours(), Settings{}, false},
		{"on the day after", ubuntu, messages.Origin{Archive: "jammy-infra-security"}, time.Date(2027, 6, 2, 0, 0, 0, 0, time.UTC).Sub(t0).Hours(), Settings{}, true},
		{"of another release", ubuntu, messages.Origin{Archive: "focal-infra-security"}, after, Settings{}, false},
		{"of what is no Ubuntu", messages.OS{System: "DEBIAN", Codename: "jammy"}, messages.Origin{Archive: "jammy-infra-security"}, after, Settings{}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := scan(row.hours, pkg("p", "1.0", "1.1 security"))
			row.origin.Trusted = true
			s.OS, s.Origins[2] = row.os, row.origin
			r := judgedBy(t, securityOnly(), row.s, time.Time{}, s)
			if got := !slices.Contains(r.Codes(), NoSecuritySource); got != row.own {
				t.Errorf("own: %v", got)
			}
			if row.own && item(r, "p.amd64").State != messages.Missing {
				t.Error("its versions are not security")
			}
		})
	}
	t.Run("the end of standard support is known of every release that has ESM", func(t *testing.T) {
		if len(standardSupport) < 7 || !standardSupport["bionic"].Equal(time.Date(2023, 5, 31, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("got %v", standardSupport)
		}
	})
}

func TestCondition_no_security_source(t *testing.T) {
	frozen := func(own func(*messages.Origin)) *messages.Scan {
		s := scan(0, pkg("p", "1.0 release"))
		vendor := s.Origins[2]
		vendor.Archive = "acme-security"
		s.Origins = append(s.Origins, vendor)
		own(&s.Origins[2])
		return s
	}
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		scan     *messages.Scan
		want     []string
		detail   string
	}{
		{"a living archive of somebody else does not stand in for it", securityOnly(), frozen(func(o *messages.Origin) { o.Archive = "jammy-proposed" }), []string{NoSecuritySource}, ""},
		{"nor for a frozen one", securityOnly(), frozen(func(o *messages.Origin) { o.Date = at(days(-15)) }), []string{SecurityListsOld}, "2026-11-05T10:00:00Z"},
		{"one that was not read", securityOnly(), frozen(func(o *messages.Origin) { o.Unread, o.Trusted = true, false }), []string{NoSecuritySource}, "not read: mirror.example.org jammy-security main"},
		{"whatever else it says", securityOnly(), frozen(func(o *messages.Origin) { o.Unread = true }), []string{NoSecuritySource}, "not read: mirror.example.org jammy-security main"},
		{"whatever the baseline accepts", securityOnly(everything), frozen(func(o *messages.Origin) { o.Unread, o.Trusted = true, false }), []string{NoSecuritySource}, "not read: mirror.example.org jammy-security main"},
		{"an unread one of somebody else is no matter", securityOnly(), func() *messages.Scan {
			s := frozen(func(*messages.Origin) {})
			s.Origins[3].Unread, s.Origins[3].Trusted = true, false
			return s
		}(), nil, ""},
		{"one that is not trusted", securityOnly(), frozen(func(o *messages.Origin) { o.Trusted = false }), []string{NoSecuritySource}, ""},
		{"unstable has none", securityOnly(), frozen(func(o *messages.Origin) { o.Archive = "unstable" }), []string{NoSecuritySource}, NoSecurityArchive},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, row.baseline, row.scan)
			wantConditions(t, r, row.want...)
			if len(row.want) > 0 && detail(r, row.want[0]) != row.detail {
				t.Errorf("detail %q, want %q", detail(r, row.want[0]), row.detail)
			}
		})
	}
	t.Run("what an unread origin carries is not security", func(t *testing.T) {
		s := scan(0, pkg("p", "1.0", "1.1 security"))
		s.Origins[2].Unread = true
		wantItem(t, judged(t, securityOnly(), s), "p.amd64", "INSTALLED_OTHER 1.0 UNSPECIFIED")
	})
	t.Run("32-bit Raspberry Pi OS has none", func(t *testing.T) {
		s := scan(0)
		s.OS = messages.OS{System: "RASPBIAN", Codename: "bookworm"}
		s.Origins = s.Origins[:1]
		if got := detail(judged(t, securityOnly(), s), NoSecuritySource); got != NoSecurityArchive || !strings.Contains(got, "EnableNonSecurity") {
			t.Errorf("detail %q", got)
		}
	})
}

func TestCondition_security_lists_old_takes_no_date_ahead_of_the_scan(t *testing.T) {
	dated := func(date time.Time) *messages.Scan {
		s := scan(0)
		s.Origins = append(s.Origins, s.Origins[2])
		s.Origins[2].Date, s.Origins[3].Date = at(days(-15)), date
		return s
	}
	wantConditions(t, judged(t, securityOnly(), dated(at(24))))
	wantConditions(t, judged(t, securityOnly(), dated(at(24).Add(1))), SecurityListsOld)
	only := scan(0)
	only.Origins[2].Date = at(25)
	wantConditions(t, judged(t, securityOnly(), only))
}

func TestCondition_no_lists(t *testing.T) {
	without := func(change func(*messages.Origin)) *messages.Scan {
		s := scan(0, pkg("p", "1.0 release"))
		for i := range s.Origins {
			change(&s.Origins[i])
		}
		return s
	}
	untrusted := without(func(o *messages.Origin) { o.Trusted = false })
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		scan     *messages.Scan
		want     []string
	}{
		{"none is trusted", securityOnly(everything), untrusted, []string{NoLists}},
		{"none was read", securityOnly(everything), without(func(o *messages.Origin) { o.Archive, o.Unread = "x", true }), []string{NoLists}},
		{"an entry asks for them too", securityOnly(rules(), approvedAll("p")), untrusted, []string{NoLists}},
		{"a baseline that approves nothing needs none", securityOnly(rules(), rejected("BLOCK", "q")), untrusted, nil},
		{"one is trusted", securityOnly(everything), without(func(o *messages.Origin) { o.Trusted = o.Archive == "jammy" }), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantConditions(t, judged(t, row.baseline, row.scan), row.want...)
		})
	}
}

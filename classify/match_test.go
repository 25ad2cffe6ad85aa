package classify

import (
	"testing"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// accepts reports how a baseline takes the version 1.1, which is security, of a package that has 1.0.
func accepts(t *testing.T, b *baseline.Baseline, newer string) string {
	t.Helper()
	i := item(judged(t, b, scan(0, pkg("p", "1.0", newer))), "p.amd64")
	return string(i.State) + " " + string(i.Level)
}

func wantAccepts(t *testing.T, b *baseline.Baseline, newer, want string) {
	t.Helper()
	if got := accepts(t, b, newer); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

const (
	yes = "MISSING UNSPECIFIED"
	no  = "INSTALLED_OTHER UNSPECIFIED"
)

func filter1(key string, values ...string) baseline.Filter {
	return baseline.Filter{Key: key, Values: values}
}

func TestFilters(t *testing.T) {
	for _, row := range []struct {
		name    string
		filters []baseline.Filter
		newer   string
		want    string
	}{
		{"none: every version", nil, "1.1 security", yes},
		{"PRIORITY", []baseline.Filter{filter1("PRIORITY", "Important")}, "1.1 security priority=important", yes},
		{"PRIORITY of another value", []baseline.Filter{filter1("PRIORITY", "Important")}, "1.1 security priority=optional", no},
		{"PRIORITY of a version that has none", []baseline.Filter{filter1("PRIORITY", "Important")}, "1.1 security priority=", no},
		{"it is optional", []baseline.Filter{filter1("PRIORITY", "Optional")}, "1.1 security priority=", yes},
		{"SECTION", []baseline.Filter{filter1("SECTION", "net")}, "1.1 security section=NET", yes},
		{"SECTION is compared whole, net is not universe/net", []baseline.Filter{filter1("SECTION", "net")}, "1.1 security section=universe/net", no},
		{"SECTION with its area", []baseline.Filter{filter1("SECTION", "Universe/Net")}, "1.1 security section=universe/net", yes},
		{"PRODUCT of the host", []baseline.Filter{filter1("PRODUCT", "ubuntu22.04")}, "1.1 security", yes},
		{"PRODUCT of another release", []baseline.Filter{filter1("PRODUCT", "Ubuntu20.04")}, "1.1 security", no},
		{"OR across values", []baseline.Filter{filter1("PRIORITY", "required", "optional")}, "1.1 security", yes},
		{"AND across keys, all accept", []baseline.Filter{filter1("PRIORITY", "optional"), filter1("SECTION", "utils")}, "1.1 security", yes},
		{"AND across keys, one refuses", []baseline.Filter{filter1("PRIORITY", "optional"), filter1("SECTION", "net")}, "1.1 security", no},
		{"* accepts everything", []baseline.Filter{filter1("PRIORITY", "*")}, "1.1 security priority=", yes},
		{"* beside other values too", []baseline.Filter{filter1("PRIORITY", "required", "*")}, "1.1 security", yes},
		{"no other glob", []baseline.Filter{filter1("PRIORITY", "opt*")}, "1.1 security", no},
		{"a repeated key: the last one wins, it refuses", []baseline.Filter{filter1("PRIORITY", "optional"), filter1("PRIORITY", "required")}, "1.1 security", no},
		{"a repeated key: the last one wins, it accepts", []baseline.Filter{filter1("PRIORITY", "required"), filter1("PRIORITY", "optional")}, "1.1 security", yes},
		{"a repeated key: the last one wins, it is *", []baseline.Filter{filter1("PRIORITY", "required"), filter1("PRIORITY", "*")}, "1.1 security", yes},
		{"a repeated key: a * before does not count", []baseline.Filter{filter1("PRIORITY", "*"), filter1("PRIORITY", "required")}, "1.1 security", no},
		{"a key that is not apt's constrains nothing", []baseline.Filter{filter1("CLASSIFICATION", "Security"), filter1("SEVERITY", "Critical")}, "1.1 security", yes},
		{"no values accept nothing", []baseline.Filter{filter1("PRIORITY")}, "1.1 security", no},
	} {
		t.Run("rule: "+row.name, func(t *testing.T) {
			wantAccepts(t, securityOnly(rules(filtered("", row.filters...))), row.newer, row.want)
		})
		t.Run("global: "+row.name, func(t *testing.T) {
			wantAccepts(t, securityOnly(func(b *baseline.Baseline) { b.GlobalFilters.PatchFilters = row.filters }), row.newer, row.want)
		})
	}
	t.Run("each version has its own priority and section", func(t *testing.T) {
		b := securityOnly(rules(filtered("", filter1("PRIORITY", "important"))))
		p := pkg("p", "1.0", "1.1 security priority=important", "1.2 security priority=optional")
		wantItem(t, judged(t, b, scan(0, p)), "p.amd64", "MISSING 1.1 UNSPECIFIED Security")
	})
}

func TestGlobal_filters_hold_for_ApprovedPatches_too(t *testing.T) {
	b := securityOnly(approvedAll("p"), func(b *baseline.Baseline) {
		b.GlobalFilters.PatchFilters = []baseline.Filter{filter1("SECTION", "net")}
	})
	wantAccepts(t, b, "1.1 security", no)
}

func TestRules(t *testing.T) {
	lowThenHigh := securityOnly(rules(filtered(messages.Low), filtered(messages.High), filtered(messages.Medium)))
	t.Run("every rule is tried, the highest level counts", func(t *testing.T) {
		wantAccepts(t, lowThenHigh, "1.1 security", "MISSING HIGH")
		if m := item(judged(t, lowThenHigh, scan(0, pkg("p", "1.0", "1.1 security"))), "p.amd64").Reason.Matched; m == nil || m.Rule == nil || *m.Rule != 1 {
			t.Errorf("the rule that gave the level is not named: %+v", m)
		}
	})
	t.Run("a rule that does not match raises nothing", func(t *testing.T) {
		wantAccepts(t, securityOnly(rules(filtered(messages.Low), filtered(messages.Critical, filter1("SECTION", "net")))), "1.1 security", "MISSING LOW")
	})
	t.Run("the level starts at UNSPECIFIED", func(t *testing.T) {
		wantAccepts(t, securityOnly(), "1.1 security", yes)
	})
	t.Run("no rule and no entry: no match", func(t *testing.T) {
		wantAccepts(t, securityOnly(rules()), "1.1 security", no)
	})
	t.Run("a list without rules", func(t *testing.T) {
		wantAccepts(t, securityOnly(rules(), approved("p")), "1.1 security", yes)
	})
	t.Run("EnableNonSecurity belongs to its own rule", func(t *testing.T) {
		open := baseline.Rule{PatchFilterGroup: &baseline.FilterGroup{PatchFilters: []baseline.Filter{filter1("SECTION", "net")}}, EnableNonSecurity: true}
		wantAccepts(t, securityOnly(rules(filtered(""), open)), "1.1 updates", no)
		wantAccepts(t, securityOnly(rules(filtered(""), open)), "1.1 updates section=net", yes)
	})
	for _, level := range messages.Levels() {
		t.Run("level "+string(level), func(t *testing.T) {
			wantAccepts(t, securityOnly(rules(filtered(level))), "1.1 security", "MISSING "+string(level))
			b := securityOnly(rules(), approved("p"), func(b *baseline.Baseline) { b.ApprovedPatchesComplianceLevel = level })
			wantAccepts(t, b, "1.1 security", "MISSING "+string(level))
		})
	}
}

func TestApprovedPatches_have_a_security_test_of_their_own(t *testing.T) {
	wantAccepts(t, securityOnly(approved("p")), "1.1 updates", no)
	wantAccepts(t, securityOnly(approvedAll("p")), "1.1 updates", yes)
	wantAccepts(t, securityOnly(approvedAll("q")), "1.1 updates", no)
}

func TestName_forms(t *testing.T) {
	const version = "2:1.1-3"
	for _, row := range []struct {
		entry string
		fits  bool
	}{
		{"p", true},
		{"P", true},
		{version, true},
		{"p.amd64", true},
		{"P.AMD64", true},
		{"p-" + version, true},
		{"amd64:" + version, true},
		{"p.amd64:" + version, true},
		{"p.amd64-" + version, false},
		{"p:" + version, false},
		{"p=" + version, false},
		{"p:amd64", false},
		{"1.1-3", false},
		{"p-2:1.1", false},
		{"amd64", false},
		{"p.i386", false},
		{"", false},
		{" p", false},
		{"p*", true},
		{"*", true},
		{"p-2:*", true},
		{"*.amd64", true},
		{"?", true},
		{"[p-q]", true},
		{"[!p]", false},
		{"p-1*", false},
	} {
		t.Run(row.entry, func(t *testing.T) {
			want, wantRejected := no, "MISSING UNSPECIFIED"
			if row.fits {
				want, wantRejected = yes, no
			}
			wantAccepts(t, securityOnly(rules(), approved(row.entry)), version+" security", want)
			wantAccepts(t, securityOnly(rejected("", row.entry)), version+" security", wantRejected)
		})
	}
}

func TestSecurity_of_a_version(t *testing.T) {
	for _, row := range []struct {
		name     string
		origin   messages.Origin
		settings Settings
		want     bool
	}{
		{"archive jammy-security", messages.Origin{Archive: "jammy-security", Trusted: true}, Settings{}, true},
		{"archive stable-security, and oldstable-security", messages.Origin{Archive: "oldstable-security", Trusted: true}, Settings{}, true},
		{"archive of ESM", messages.Origin{Archive: "jammy-apps-security", Trusted: true}, Settings{}, true},
		{"archive in any case", messages.Origin{Archive: "Jammy-SECURITY", Trusted: true}, Settings{}, true},
		{"not trusted", messages.Origin{Archive: "jammy-security", Site: "security.debian.org"}, Settings{}, false},
		{"site security.debian.org", messages.Origin{Archive: "stable", Site: "security.debian.org", Trusted: true}, Settings{}, true},
		{"site that contains it", messages.Origin{Archive: "stable", Site: "Cache/Security.Debian.org", Trusted: true}, Settings{}, true},
		{"another site called security", messages.Origin{Archive: "jammy", Site: "security.ubuntu.com", Trusted: true}, Settings{}, false},
		{"label alone", messages.Origin{Archive: "stable", Label: "Debian-Security", Trusted: true}, Settings{}, false},
		{"label alone, in lower case", messages.Origin{Archive: "stable", Label: "security", Trusted: true}, Settings{}, false},
		{"codename alone", messages.Origin{Archive: "stable", Codename: "bookworm-security", Trusted: true}, Settings{}, false},
		{"origin and component alone", messages.Origin{Archive: "stable", Origin: "security", Component: "security", Trusted: true}, Settings{}, false},
		{"archive of the settings", messages.Origin{Archive: "Hotfix", Trusted: true}, Settings{SecurityArchives: []string{"other", "hotfix"}}, true},
		{"archive of the settings is compared whole", messages.Origin{Archive: "hotfix-2", Trusted: true}, Settings{SecurityArchives: []string{"hotfix"}}, false},
		{"site of the settings", messages.Origin{Site: "Fix.example.org", Trusted: true}, Settings{SecuritySites: []string{"fix.example.org"}}, true},
		{"label of the settings", messages.Origin{Label: "Hotfixes", Trusted: true}, Settings{SecurityLabels: []string{"hotfixes"}}, true},
		{"the settings trust nobody", messages.Origin{Archive: "hotfix", Trusted: false}, Settings{SecurityArchives: []string{"hotfix"}}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := scan(0, but(pkg("p", "1.0", "1.1"), func(p *messages.Package) { p.Versions[1].Origins = []int{3} }))
			row.origin.Date = at(-1)
			s.Origins = append(s.Origins, row.origin)
			got := item(judgedBy(t, securityOnly(), row.settings, at(1), s), "p.amd64")
			if (got.State == messages.Missing) != row.want {
				t.Errorf("got %s, want security %v", got.State, row.want)
			}
		})
	}
	t.Run("one of several origins is enough", func(t *testing.T) {
		wantAccepts(t, securityOnly(), "1.1 release updates security", yes)
	})
	t.Run("without an origin it is none", func(t *testing.T) {
		wantAccepts(t, securityOnly(), "1.1", no)
	})
	t.Run("the package's name is no matter", func(t *testing.T) {
		r := judged(t, securityOnly(), scan(0, pkg("apt-security", "1.0", "1.1 updates")))
		wantItem(t, r, "apt-security.amd64", "INSTALLED_OTHER 1.0 UNSPECIFIED")
	})
}

// What keeps the newest version out is told as data.
func TestStopped(t *testing.T) {
	one := func(n int) *int { return &n }
	section := filter1("SECTION", "net", "mail")
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		newer    string
		want     messages.Stopped
	}{
		{
			"global filter", securityOnly(func(b *baseline.Baseline) { b.GlobalFilters.PatchFilters = []baseline.Filter{section} }), "1.1 security",
			messages.Stopped{By: messages.StoppedByGlobalFilter, Key: "SECTION", Value: "utils", Text: "net mail"},
		}, {
			"rejected", securityOnly(rejected("", "q", "P*")), "1.1 security",
			messages.Stopped{By: messages.StoppedByRejected, Entry: one(1), Text: "P*"},
		}, {
			"rejected: the first entry that fits, by its place in the list", securityOnly(rejected("", "p.amd64:1.1", "p", "p*")), "1.1 security",
			messages.Stopped{By: messages.StoppedByRejected, Entry: one(0), Text: "p.amd64:1.1"},
		}, {
			"rejected: a pattern that comes first", securityOnly(rejected("", "q*", "p*", "p")), "1.1 security",
			messages.Stopped{By: messages.StoppedByRejected, Entry: one(1), Text: "p*"},
		}, {
			"rejected: a name that comes first", securityOnly(rejected("", "p", "p.amd64", "*")), "1.1 security",
			messages.Stopped{By: messages.StoppedByRejected, Entry: one(0), Text: "p"},
		}, {
			"filter: the first rule's", securityOnly(rules(filtered("", section), filtered("", filter1("PRIORITY", "extra")))), "1.1 security",
			messages.Stopped{By: messages.StoppedByFilter, Rule: one(0), Key: "SECTION", Value: "utils", Text: "net mail"},
		}, {
			"security test: the rule that came nearest", securityOnly(rules(filtered("", section), filtered("", filter1("PRIORITY", "optional")))), "1.1 updates",
			messages.Stopped{By: messages.StoppedBySecurity, Rule: one(1), Text: "PRIORITY in optional"},
		}, {
			"security test of ApprovedPatches", securityOnly(approved("q", "p")), "1.1 updates",
			messages.Stopped{By: messages.StoppedBySecurity, Entry: one(1), Text: "p"},
		}, {
			"no rule", securityOnly(rules()), "1.1 security",
			messages.Stopped{By: messages.StoppedByNoRule},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.want.Version = "1.1"
			got := item(judged(t, row.baseline, scan(0, pkg("p", "1.0", row.newer))), "p.amd64").Reason.Stopped
			wantJSON(t, got, &row.want)
		})
	}
	t.Run("a newer version than the missing one is told of too", func(t *testing.T) {
		got := item(judged(t, securityOnly(), scan(0, pkg("p", "1.0", "1.1 security", "1.2 updates"))), "p.amd64").Reason
		if got.Stopped == nil || got.Stopped.Version != "1.2" || got.Stopped.By != messages.StoppedBySecurity {
			t.Errorf("got %+v", got.Stopped)
		}
		wantTexts(t, got.Compared, "1.0", "1.1")
	})
	t.Run("nothing is stopped where the newest version is approved", func(t *testing.T) {
		if got := item(judged(t, securityOnly(), scan(0, pkg("p", "1.0", "1.1 updates", "1.2 security"))), "p.amd64").Reason.Stopped; got != nil {
			t.Errorf("got %+v", got)
		}
	})
}

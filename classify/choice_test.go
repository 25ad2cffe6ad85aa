package classify

import (
	"strings"
	"testing"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

func stored(id, system string) *baseline.Baseline {
	return &baseline.Baseline{BaselineID: id, Name: "the " + id, OperatingSystem: system, Version: 7}
}

func TestChoose(t *testing.T) {
	l := &Library{
		Baselines: map[string]*baseline.Baseline{
			"web": stored("web", "UBUNTU"), "db": stored("db", "UBUNTU"), "any": stored("any", ""), "deb": stored("deb", "DEBIAN"), "unreadable": nil,
			"AWS-DefaultRaspbianPatchBaseline": nil,
		},
		Groups: map[GroupKey]string{
			{"UBUNTU", "web"}: "web", {"UBUNTU", "db"}: "db", {"UBUNTU", "missing"}: "nowhere", {"UBUNTU", "broken"}: "unreadable",
			{"UBUNTU", "wrong"}: "deb", {"UBUNTU", "any"}: "any", {"UBUNTU", "built-in"}: "AWS-UbuntuDefaultPatchBaseline", {"UBUNTU", ""}: "nowhere",
			{"RASPBIAN", "hidden"}: "AWS-DefaultRaspbianPatchBaseline", {"UBUNTU", "none"}: "",
		},
		HostGroups: map[string]string{"moved": "db", "moved-away": "unbound", "freed": ""},
	}
	withDefault := *l
	withDefault.Defaults = map[string]string{"UBUNTU": "any", "DEBIAN": "nowhere"}
	tag := func(key, value string) map[string]string { return map[string]string{key: value} }
	for _, row := range []struct {
		name         string
		library      *Library
		host, system string
		tags         map[string]string
		want, group  string
	}{
		{"the baseline bound to the tag Patch Group", l, "h", "UBUNTU", tag("Patch Group", "web"), "web", "web"},
		{"the tag PatchGroup too", l, "h", "UBUNTU", tag("PatchGroup", "web"), "web", "web"},
		{"Patch Group before PatchGroup", l, "h", "UBUNTU", map[string]string{"Patch Group": "web", "PatchGroup": "db"}, "web", "web"},
		{"an empty Patch Group is none", l, "h", "UBUNTU", map[string]string{"Patch Group": "", "PatchGroup": "db"}, "db", "db"},
		{"a group an operator set wins over the tags", l, "moved", "UBUNTU", tag("Patch Group", "web"), "db", "db"},
		{"an empty one was never set", l, "freed", "UBUNTU", tag("Patch Group", "web"), "web", "web"},
		{"a tag in another case is no group", l, "h", "UBUNTU", tag("patch group", "web"), "AWS-UbuntuDefaultPatchBaseline", ""},
		{"a group is compared in its own case", l, "h", "UBUNTU", tag("Patch Group", "Web"), "AWS-UbuntuDefaultPatchBaseline", "Web"},
		{"without a group: the built-in default of the system", l, "h", "UBUNTU", nil, "AWS-UbuntuDefaultPatchBaseline", ""},
		{"without a group: of Debian", l, "h", "DEBIAN", nil, "AWS-DebianDefaultPatchBaseline", ""},
		{"a group bound for another system only: the default", l, "h", "DEBIAN", tag("Patch Group", "web"), "AWS-DebianDefaultPatchBaseline", "web"},
		{"without a group: the operator's default", &withDefault, "h", "UBUNTU", nil, "any", ""},
		{"a group that is bound to nothing: the operator's default", &withDefault, "moved-away", "UBUNTU", tag("Patch Group", "web"), "any", "unbound"},
		{"a bound group does not take the default", &withDefault, "h", "UBUNTU", tag("Patch Group", "web"), "web", "web"},
		{"a group may be bound to a built-in one", l, "h", "UBUNTU", tag("Patch Group", "built-in"), "AWS-UbuntuDefaultPatchBaseline", "built-in"},
		{"a baseline of any system", l, "h", "UBUNTU", tag("Patch Group", "any"), "any", "any"},

		{"a bound baseline that is missing does not fall through", &withDefault, "h", "UBUNTU", tag("Patch Group", "missing"), NoBaseline, "missing"},
		{"a bound baseline that is unreadable does not fall through", &withDefault, "h", "UBUNTU", tag("Patch Group", "broken"), NoBaseline, "broken"},
		{"an unreadable one hides the built-in one of its name", l, "h", "RASPBIAN", tag("Patch Group", "hidden"), NoBaseline, "hidden"},
		{"a bound baseline for another system", &withDefault, "h", "UBUNTU", tag("Patch Group", "wrong"), NoBaseline, "wrong"},
		{"a binding to no id", &withDefault, "h", "UBUNTU", tag("Patch Group", "none"), NoBaseline, "none"},
		{"a default that is missing", &withDefault, "h", "DEBIAN", nil, NoBaseline, ""},
		{"a system that cannot be judged", &withDefault, "h", "FREEBSD", tag("Patch Group", "web"), UnsupportedSystem, "web"},
		{"a system's name is compared in its own case", l, "h", "ubuntu", nil, UnsupportedSystem, ""},
		{"the empty library has the built-in ones", &Library{}, "h", "RASPBIAN", nil, "AWS-DefaultRaspbianPatchBaseline", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := row.library.Choose(row.host, row.system, row.tags)
			got := c.Reason
			if c.Baseline != nil {
				got += c.Baseline.BaselineID
			}
			if got != row.want || c.Group != row.group {
				t.Errorf("got %q of group %q, want %q of group %q", got, c.Group, row.want, row.group)
			}
		})
	}
}

func TestJudge_takes_system_and_tags_of_the_newest_full_scan(t *testing.T) {
	l := &Library{
		Baselines: map[string]*baseline.Baseline{"web": stored("web", ""), "db": stored("db", "")},
		Groups:    map[GroupKey]string{{"UBUNTU", "web"}: "web", {"DEBIAN", "db"}: "db"},
	}
	older, newer := scan(0), scan(1)
	older.Tags = map[string]string{"Patch Group": "web"}
	newer.Tags, newer.OS.System, newer.Hash = map[string]string{"Patch Group": "db"}, "DEBIAN", "h"
	same := &messages.Scan{ID: "x", Host: "web-1", TakenAt: at(2), Complete: true, Unchanged: true, Hash: "h", OS: ubuntu, Tags: older.Tags}
	failed := &messages.Scan{ID: "f", Host: "web-1", TakenAt: at(3), OS: ubuntu, Tags: older.Tags, Error: "no"}
	r := l.Judge("web-1", factsOf(t, older, newer, same, failed), at(4))
	if r.Baseline != (messages.BaselineRef{ID: "db", Name: "the db", Version: 7}) || r.Group != "db" || r.About.OS.System != "DEBIAN" {
		t.Errorf("baseline %+v, group %q, system %s", r.Baseline, r.Group, r.About.OS.System)
	}
}

func TestJudge_of_a_host_that_cannot_be_judged(t *testing.T) {
	other := scan(0, pkg("p", "1.0", "1.1 security"))
	other.OS.System = "FREEBSD"
	bound := scan(0, pkg("p", "1.0", "1.1 security"))
	bound.Tags = map[string]string{"PatchGroup": "g"}
	l := &Library{Groups: map[GroupKey]string{{"UBUNTU", "g"}: "gone"}}
	for reason, s := range map[string]*messages.Scan{UnsupportedSystem: other, NoBaseline: bound} {
		t.Run(reason, func(t *testing.T) {
			r := l.Judge("web-1", factsOf(t, s, override(1, "p.amd64", messages.Missing)), at(1))
			wantStatus(t, r, messages.Unknown, reason)
			if len(r.Patches) != 0 || r.Baseline != (messages.BaselineRef{}) || r.Level != "" {
				t.Errorf("items %v, baseline %+v, level %s", r.Patches, r.Baseline, r.Level)
			}
		})
	}
}

func TestClassify_without_a_choice_is_UNKNOWN(t *testing.T) {
	wantStatus(t, Classify("web-1", factsOf(t, scan(0)), Choice{}, Settings{}, at(1)), messages.Unknown, NoBaseline)
}

func TestJudgeBy_a_baseline_that_somebody_names(t *testing.T) {
	debian, other := stored("deb", "DEBIAN"), scan(0)
	other.OS.System = "FREEBSD"
	judged := func(b *baseline.Baseline, e messages.Event) (*Report, error) {
		return JudgeBy(b, Settings{}, "web-1", factsOf(t, e), at(1))
	}
	t.Run("for another system than the scan's is an error", func(t *testing.T) {
		r, err := judged(debian, scan(0))
		if err == nil || !strings.Contains(err.Error(), "the deb is for DEBIAN") || !strings.Contains(err.Error(), "UBUNTU") || r != nil {
			t.Errorf("got %v, %v", r, err)
		}
	})
	t.Run("for any system is taken, whatever the group", func(t *testing.T) {
		tagged := scan(0)
		tagged.Tags = map[string]string{"Patch Group": "web"}
		if r, err := judged(stored("any", ""), tagged); err != nil || r.Baseline.ID != "any" || r.Group != "web" {
			t.Errorf("got %v, %v", r, err)
		}
	})
	t.Run("without a full scan fits", func(t *testing.T) {
		if r, err := judged(debian, run(0)); err != nil || r.Baseline.ID != "deb" {
			t.Errorf("got %v, %v", r, err)
		}
	})
	t.Run("for a system that cannot be judged", func(t *testing.T) {
		r, err := judged(stored("any", ""), other)
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, r, messages.Unknown, UnsupportedSystem)
	})
}

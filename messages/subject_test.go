package messages

import (
	"strings"
	"testing"
)

func TestHostIsTheTailOfItsSubject(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"a", "web-17.example.org", "Web_1", "1.2.3.4", strings.Repeat("a", MaxHostBytes)} {
		if err := ValidHost(host); err != nil {
			t.Errorf("%q: %v", host, err)
		}
		for _, kind := range Kinds() {
			gotKind, gotHost, err := ParseSubject(kind.Subject(host))
			if gotKind != kind || gotHost != host || err != nil {
				t.Errorf("ParseSubject(%q) = %q, %q, %v", kind.Subject(host), gotKind, gotHost, err)
			}
		}
	}
	for _, host := range []string{"", ".", ".a", "a.", "a..b", "a b", "a*", "a>", "ä", "a/b", "a\x00", "a\n", strings.Repeat("a", MaxHostBytes+1)} {
		if ValidHost(host) == nil {
			t.Errorf("%q is a host", host)
		}
		_, _, err := ParseSubject(KindScan.Subject(host))
		refused(t, err, "subject", "host")
	}
}

func TestRefusesSubjectsOfNoEvent(t *testing.T) {
	t.Parallel()
	for subject, says := range map[string]string{
		"":                "is not patch.<kind>.<host>",
		"patch":           "is not patch.<kind>.<host>",
		"patch.scan":      "is not patch.<kind>.<host>",
		"match.scan.host": "is not patch.<kind>.<host>",
		"patch.changed.h": `unknown kind "changed"`,
		"patch.SCAN.h":    `unknown kind "SCAN"`,
		"patch..h":        `unknown kind ""`,
		"patch.later.h":   `unknown kind "later"`,
		"patch.due.":      "host is empty",
		"patch.due.a..b":  "two in a row",
	} {
		_, _, err := ParseSubject(subject)
		refused(t, err, "subject", says)
	}
}

func TestWhatFellDueIsToldByItsSubject(t *testing.T) {
	t.Parallel()
	kind, host, err := ParseSubject(DueSubject("web-1.example.org"))
	if kind != KindDue || host != "web-1.example.org" || err != nil {
		t.Error(kind, host, err)
	}
}

func TestDeadSubjectIsLegalWhateverTheHost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind       Kind
		host, want string
	}{
		{KindScan, "web-1", "patch.dead.scan.web-1"},
		{"", "web-1", "patch.dead._.web-1"},
		{KindRun, "", "patch.dead.run._"},
		{KindRun, "a b", "patch.dead.run._"},
		{KindRun, "a.>", "patch.dead.run._"},
	} {
		if got := DeadSubject(tt.kind, tt.host); got != tt.want {
			t.Errorf("DeadSubject(%q, %q) = %q, want %q", tt.kind, tt.host, got, tt.want)
		}
	}
}

func TestIDsOfMessages(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		MsgID(KindScan, "web-1", "01J"):                               "scan/web-1/01J",
		ChangedID("k3f9a2zq", "web-1", 17):                            "k3f9a2zq/web-1/17",
		StatusID("k3f9a2zq", "web-1", 17):                             "k3f9a2zq/web-1/17/status",
		ChangedSubject("web-1.example.org"):                           "patch.changed.web-1.example.org",
		StatusSubject("web-1"):                                        "patch.status.web-1",
		StatusSubject(AllHosts):                                       "patch.status.>",
		LaterSubject(at("2026-11-20T10:00:00Z"), "web-1.example.org"): "patch.later.1795168800.web-1.example.org",
		KindRetire.Subject("web-1"):                                   "patch.retire.web-1",
		DueSubject("web-1"):                                           "patch.due.web-1",
		DeadSubjects("web-1"):                                         "patch.dead.*.web-1",
		BucketStream(BucketHosts):                                     "KV_PATCH_HOSTS",
		KeySubject(BucketHosts, "web-1"):                              "$KV.PATCH_HOSTS.web-1",
		ResendSubject("web-1"):                                        "patch.resend.web-1",
		KeyToken("pb-0c10e65780EXAMPLE"):                              "pb-0c10e65780EXAMPLE",
		KeyToken("web servers"):                                       "web=20servers",
		KeyToken("arn:aws:ssm:eu/patch.x=é_"):                         "arn=3Aaws=3Assm=3Aeu=2Fpatch=2Ex=3D=C3=A9_",
		KeyToken(""):                                                  "",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestKeyTokensOfDifferentNamesDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, name := range []string{"a b", "a=20b", "a=b", "a.b", "a_b", "a-b", "A b", "a  b"} {
		token := KeyToken(name)
		if other, twice := seen[token]; twice {
			t.Errorf("%q and %q are both %q", name, other, token)
		}
		seen[token] = name
	}
}

func TestAKeyHasOneSpelling(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"web=2", "web=", "web=zz", "web=2e", "web=41", "web.1", "wéb"} {
		if got, err := ParseKeyToken(s); err == nil {
			t.Errorf("ParseKeyToken(%q) = %q, want an error", s, got)
		}
	}
}

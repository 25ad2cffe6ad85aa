package messages

import (
	"fmt"
	"strings"
	"time"
)

// Kind is what an event is: the second token of its subject.
type Kind string

// The kinds of events in.
const (
	KindScan     Kind = "scan"
	KindRun      Kind = "run"
	KindOverride Kind = "override"
	KindRecheck  Kind = "recheck"
	KindRetire   Kind = "retire"
)

// KindDue is what a worker set for itself to look at again, and whose time has come. It causes changes, and has no payload
// that anybody reads.
const KindDue Kind = "due"

// Kinds returns the kinds of events in.
func Kinds() []Kind { return []Kind{KindScan, KindRun, KindOverride, KindRecheck, KindRetire} }

// AllHosts stands for the host in a subject that is to match those of all hosts.
const AllHosts = ">"

// Subject returns the subject on which events of kind k of that host are published.
func (k Kind) Subject(host string) string { return "patch." + string(k) + "." + host }

// The subjects of what workers publish, one per host.
func ChangedSubject(host string) string { return "patch.changed." + host }
func StatusSubject(host string) string  { return "patch.status." + host }
func ResendSubject(host string) string  { return "patch.resend." + host }

// PublishedSubjects is the pattern of all subjects in PATCH_CHANGES of a host.
func PublishedSubjects(host string) string { return "patch.*." + host }

// LaterSubject returns the subject of the schedule by which a host is looked at again at a time, to the second: a host may
// have several, and none displaces another. Its target is [DueSubject].
func LaterSubject(at time.Time, host string) string {
	return fmt.Sprintf("patch.later.%d.%s", at.Unix(), host)
}

// LaterSubjectsOfAll matches the subjects of all schedules.
const LaterSubjectsOfAll = "patch.later.>"

// DueSubject returns the subject on which a host comes up whose time has come.
func DueSubject(host string) string { return KindDue.Subject(host) }

// DeadSubject returns the subject of a dead letter. Kind and host are "_" where they cannot be told.
func DeadSubject(kind Kind, host string) string {
	if kind == "" {
		kind = "_"
	}
	if ValidHost(host) != nil {
		host = "_"
	}
	return "patch.dead." + string(kind) + "." + host
}

// DeadSubjects returns what matches the subjects of a host's dead letters, of whatever kind.
func DeadSubjects(host string) string { return "patch.dead.*." + host }

// DeadSubjectsOfAll matches the subjects of all dead letters.
const DeadSubjectsOfAll = "patch.dead.>"

// ParseSubject returns the kind and the host of the subject of an event, or of what fell due. The host may have dots.
// The error, a [*FieldError], says which part does not fit; kind and host are returned as far as they could be told.
func ParseSubject(subject string) (Kind, string, error) {
	rest, ok := strings.CutPrefix(subject, "patch.")
	kind, host, dot := strings.Cut(rest, ".")
	if !ok || !dot {
		return "", "", refuse("subject", fmt.Sprintf("%q is not patch.<kind>.<host>", subject))
	}
	for _, k := range append(Kinds(), KindDue) {
		if string(k) != kind {
			continue
		}
		if err := ValidHost(host); err != nil {
			return k, "", refuse("subject", fmt.Sprintf("host %v", err))
		}
		return k, host, nil
	}
	return "", "", refuse("subject", fmt.Sprintf("unknown kind %q", kind))
}

// ValidHost returns nil for a legal host name: 1 to 128 of A-Z a-z 0-9 _ - and dots, no dot at either end
// and no two in a row. Its case counts. The error says what is wrong with it.
func ValidHost(host string) error {
	switch {
	case host == "":
		return fmt.Errorf("is empty")
	case len(host) > MaxHostBytes:
		return fmt.Errorf("is %d bytes long, the bound is %d", len(host), MaxHostBytes)
	case host[0] == '.' || host[len(host)-1] == '.' || strings.Contains(host, ".."):
		return fmt.Errorf("%q has a dot at an end or two in a row", host)
	}
	for i := range len(host) {
		if c := host[i]; !alphanumeric(c) && c != '_' && c != '-' && c != '.' {
			return fmt.Errorf("%q: only A-Z a-z 0-9 _ - . are allowed", host)
		}
	}
	return nil
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

package messages

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is what an event is: the second token of its subject.
type Kind string

// The kinds of events in.
const (
	KindScan     Kind = "scan"
	KindRun      Kind = "run"
	KindOverride Kind = "override"
	KindRecheck  Kind = "recheck"
)

// Kinds returns the kinds of events in.
func Kinds() []Kind { return []Kind{KindScan, KindRun, KindOverride, KindRecheck} }

// Subject returns the subject on which events of kind k of that host are published.
func (k Kind) Subject(host string) string { return "patch." + string(k) + "." + host }

// The subjects of what workers publish, one per host.
func ChangedSubject(host string) string { return "patch.changed." + host }
func StatusSubject(host string) string  { return "patch.status." + host }
func ResendSubject(host string) string  { return "patch.resend." + host }

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

// ParseSubject returns the kind and the host of an event's subject. The host may have dots. The error says
// which part does not fit; kind and host are returned as far as they could be told.
func ParseSubject(subject string) (Kind, string, error) {
	rest, ok := strings.CutPrefix(subject, "patch.")
	kind, host, dot := strings.Cut(rest, ".")
	if !ok || !dot {
		return "", "", &FieldError{Field: "subject", Problem: fmt.Sprintf("%q is not patch.<kind>.<host>", subject)}
	}
	for _, k := range Kinds() {
		if string(k) != kind {
			continue
		}
		if err := ValidHost(host); err != nil {
			return k, "", &FieldError{Field: "subject", Problem: fmt.Sprintf("host %v", err)}
		}
		return k, host, nil
	}
	return "", "", &FieldError{Field: "subject", Problem: fmt.Sprintf("unknown kind %q", kind)}
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

// MsgID returns the Nats-Msg-Id of an event, by which JetStream drops a copy at the door.
func MsgID(kind Kind, host, id string) string { return string(kind) + "/" + host + "/" + id }

// ChangedID returns the id of a host's [Changed] of a revision. The incarnation is that of PATCH_CHANGES.
func ChangedID(incarnation, host string, revision uint64) string {
	return fmt.Sprintf("%s/%s/%d", incarnation, host, revision)
}

// StatusID returns the id of a host's [StatusChanged] of a revision.
func StatusID(incarnation, host string, revision uint64) string {
	return ChangedID(incarnation, host, revision) + "/status"
}

// KeyToken returns a baseline id, an operating system or a patch group as one token of a KV key: every byte
// other than A-Z a-z 0-9 _ - is written =XX, in upper-case hex.
func KeyToken(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; alphanumeric(c) || c == '_' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

// The streams and buckets of the contract.
const (
	StreamEvents    = "PATCH_EVENTS"
	StreamLater     = "PATCH_LATER"
	StreamChanges   = "PATCH_CHANGES"
	StreamDead      = "PATCH_DEAD"
	StreamResend    = "PATCH_RESEND"
	BucketHosts     = "PATCH_HOSTS"
	BucketBaselines = "PATCH_BASELINES"
	BucketAttempts  = "PATCH_ATTEMPTS"
)

// ParseKeyToken is the inverse of [KeyToken]. The error says that s was not made by it.
func ParseKeyToken(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '=' {
			b.WriteByte(s[i])
			continue
		}
		c, err := strconv.ParseUint(s[min(i+1, len(s)):min(i+3, len(s))], 16, 8)
		if err != nil {
			return "", fmt.Errorf("%q: = must be followed by two hex digits", s)
		}
		b.WriteByte(byte(c))
		i += 2
	}
	if KeyToken(b.String()) != s {
		return "", fmt.Errorf("%q is not how a key is written", s)
	}
	return b.String(), nil
}

package classify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Settings are what an operator may choose for the whole fleet. The zero value is the default.
type Settings struct {
	// FailedUntil is "resolved" (also when empty): a failure stands until something disproves it; or
	// "next-scan": it counts only while it is newer than the newest full scan, as at AWS.
	FailedUntil string `json:"failed_until,omitempty"`

	// PendingReboot is "any" (also when empty), or "runs": only patch runs make a package wait for a boot, not
	// what the host says of itself.
	PendingReboot string `json:"pending_reboot,omitempty"`

	ListsMaxAge Age `json:"lists_max_age,omitempty"` // of the security lists at a scan; 0: 14 days
	ScanMaxAge  Age `json:"scan_max_age,omitempty"`  // of the newest complete scan; 0: 7 days

	// OverrideExpires is when an override ends of which nobody says when; 0: after 90 days. It is for who sets one: no report depends on it.
	OverrideExpires Age `json:"override_expires,omitempty"`

	// Further names that make a trusted origin a security origin; compared whole, in any case.
	SecurityArchives []string `json:"security_archives,omitempty"`
	SecuritySites    []string `json:"security_sites,omitempty"`
	SecurityLabels   []string `json:"security_labels,omitempty"`

	// The same of an origin that is the system's own security source: a mirror of it under names of its own.
	OwnSecurityArchives []string `json:"own_security_archives,omitempty"`
	OwnSecuritySites    []string `json:"own_security_sites,omitempty"`
	OwnSecurityLabels   []string `json:"own_security_labels,omitempty"`
}

// The values of [Settings.FailedUntil] and [Settings.PendingReboot].
const (
	failedResolved = "resolved"
	failedNextScan = "next-scan"
	rebootAny      = "any"
	rebootRuns     = "runs"
)

const (
	defaultListsMaxAge = 14 * 24 * time.Hour
	defaultScanMaxAge  = 7 * 24 * time.Hour
)

// Age is a duration that also reads and prints days, as in 14d: above 0, and at most 36500d.
type Age time.Duration

// maxAgeDays is about a hundred years, and far from where a duration overflows.
const maxAgeDays = 36_500

// MaxAge is the longest [Age].
const MaxAge = Age(maxAgeDays * 24 * time.Hour)

// ParseAge reads an age such as 36h, 14d or 1d12h.
func ParseAge(text string) (Age, error) {
	rest, days := text, time.Duration(0)
	if number, after, ok := strings.Cut(text, "d"); ok {
		var n int
		if _, err := fmt.Sscanf(number+" ", "%d ", &n); err != nil || n < 0 || fmt.Sprint(n) != number {
			return 0, fmt.Errorf("%q is no age: write 14d, 36h or 1d12h", text)
		}
		days, rest = time.Duration(min(n, maxAgeDays+1))*24*time.Hour, after
	}
	var hours time.Duration
	if rest != "" {
		var err error
		if hours, err = time.ParseDuration(rest); err != nil {
			return 0, fmt.Errorf("%q is no age: write 14d, 36h or 1d12h", text)
		}
	}
	if hours > time.Duration(MaxAge) || days+hours <= 0 || days+hours > time.Duration(MaxAge) {
		return 0, fmt.Errorf("%q is no age: it must be above 0 and at most %dd", text, maxAgeDays)
	}
	return Age(days + hours), nil
}

func (a Age) String() string {
	d := time.Duration(a)
	if d > 0 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	text := d.String() // such as 36h0m0s
	for _, unit := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, unit) {
			text = text[:len(text)-len("0s")]
		}
	}
	return text
}

func (a Age) or(d time.Duration) time.Duration {
	if a > 0 {
		return time.Duration(a)
	}
	return d
}

// MarshalText prints the age as [ParseAge] reads it.
func (a Age) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what [ParseAge] reads. A number without a unit, in JSON too, is no age: it might be meant as days.
func (a *Age) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAge(string(text))
	return err
}

// ParseSettings reads settings from JSON. An unknown field or value is a [*messages.FieldError].
func ParseSettings(text []byte) (Settings, error) {
	var s Settings
	fields := map[string]struct {
		into any
		kind string
	}{
		"failed_until": {&s.FailedUntil, "a word"}, "pending_reboot": {&s.PendingReboot, "a word"},
		"lists_max_age": {&s.ListsMaxAge, `an age such as "14d"`}, "scan_max_age": {&s.ScanMaxAge, `an age such as "14d"`},
		"override_expires":  {&s.OverrideExpires, `an age such as "30d"`},
		"security_archives": {&s.SecurityArchives, "a list of names"}, "security_sites": {&s.SecuritySites, "a list of names"},
		"security_labels": {&s.SecurityLabels, "a list of names"}, "own_security_archives": {&s.OwnSecurityArchives, "a list of names"},
		"own_security_sites": {&s.OwnSecuritySites, "a list of names"}, "own_security_labels": {&s.OwnSecurityLabels, "a list of names"},
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), &given); err != nil {
		return Settings{}, &messages.FieldError{Field: "settings", Problem: "must be one JSON object: " + err.Error()}
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		field, known := fields[key]
		if !known {
			there := strings.Join(slices.Sorted(maps.Keys(fields)), " ")
			return Settings{}, &messages.FieldError{Field: "settings", Problem: fmt.Sprintf("there is no %.64q: there are %s", key, there)}
		}
		err := json.Unmarshal(given[key], field.into)
		if mistyped := new(json.UnmarshalTypeError); errors.As(err, &mistyped) {
			err = fmt.Errorf("must be %s, and its JSON type is %s", field.kind, mistyped.Value)
		}
		if err != nil {
			return Settings{}, &messages.FieldError{Field: key, Problem: err.Error()}
		}
	}
	return s, s.Validate()
}

// Validate returns a [*messages.FieldError] for the first value that a setting does not know.
func (s Settings) Validate() error {
	return cmp.Or(
		oneOf("failed_until", s.FailedUntil, failedResolved, failedNextScan),
		oneOf("pending_reboot", s.PendingReboot, rebootAny, rebootRuns),
		noneEmpty("security_archives", s.SecurityArchives),
		noneEmpty("security_sites", s.SecuritySites),
		noneEmpty("security_labels", s.SecurityLabels),
		noneEmpty("own_security_archives", s.OwnSecurityArchives),
		noneEmpty("own_security_sites", s.OwnSecuritySites),
		noneEmpty("own_security_labels", s.OwnSecurityLabels),
	)
}

// oneOf returns nil where value is empty or one of words.
func oneOf(field, value string, words ...string) error {
	if value == "" || slices.Contains(words, value) {
		return nil
	}
	return &messages.FieldError{Field: field, Problem: fmt.Sprintf("unknown value %q: the values are %s", value, strings.Join(words, " "))}
}

// noneEmpty refuses an empty name: it would make every trusted origin that lacks the field a security origin.
func noneEmpty(field string, names []string) error {
	if i := slices.Index(names, ""); i >= 0 {
		return &messages.FieldError{Field: fmt.Sprintf("%s[%d]", field, i), Problem: "is empty"}
	}
	return nil
}

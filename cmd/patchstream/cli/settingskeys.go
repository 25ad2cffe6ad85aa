package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify"
)

// setting is one key of the settings, as the command line knows it.
type setting struct {
	key, about string
	many       bool // a list of names
	get        func(*classify.Settings) any
	set        func(*classify.Settings, []string) error
}

const day = 24 * time.Hour

// defaults are the values that an absent setting has (classification.md, sections 1 and 6).
var defaults = classify.Settings{
	FailedUntil: "resolved", PendingReboot: "any",
	ListsMaxAge: classify.Age(14 * day), ScanMaxAge: classify.Age(7 * day), OverrideExpires: classify.Age(90 * day),
}

func settings() []setting {
	return []setting{
		word("failed_until", "how long a failed attempt counts: resolved, or next-scan as at AWS", func(s *classify.Settings) *string { return &s.FailedUntil }),
		word("pending_reboot", "what makes a package wait for a boot: any, or runs alone", func(s *classify.Settings) *string { return &s.PendingReboot }),
		span("lists_max_age", "age of the security lists, or of the last question for lists, above which a scan leaves a host UNKNOWN", func(s *classify.Settings) *classify.Age { return &s.ListsMaxAge }),
		span("scan_max_age", "age of the newest complete scan above which a host is UNKNOWN", func(s *classify.Settings) *classify.Age { return &s.ScanMaxAge }),
		span("override_expires", "when an override ends that \"override set\" is given no --expires for", func(s *classify.Settings) *classify.Age { return &s.OverrideExpires }),
		names("security_archives", "further archives (suites) whose versions are security ones", func(s *classify.Settings) *[]string { return &s.SecurityArchives }),
		names("security_sites", "further sites whose versions are security ones", func(s *classify.Settings) *[]string { return &s.SecuritySites }),
		names("security_labels", "further labels whose versions are security ones", func(s *classify.Settings) *[]string { return &s.SecurityLabels }),
		names("own_security_archives", "archives (suites) that are a host's own security source, beside those that are known", func(s *classify.Settings) *[]string { return &s.OwnSecurityArchives }),
		names("own_security_sites", "sites that carry a host's own security source and nothing else", func(s *classify.Settings) *[]string { return &s.OwnSecuritySites }),
		names("own_security_labels", "labels that are a host's own security source", func(s *classify.Settings) *[]string { return &s.OwnSecurityLabels }),
	}
}

func word(key, about string, at func(*classify.Settings) *string) setting {
	return setting{
		key: key, about: about,
		get: func(s *classify.Settings) any {
			if *at(s) == "" {
				return *at(&defaults)
			}
			return *at(s)
		},
		set: func(s *classify.Settings, values []string) error {
			*at(s) = values[0]
			return s.Validate()
		},
	}
}

func span(key, about string, at func(*classify.Settings) *classify.Age) setting {
	return setting{
		key: key, about: about,
		get: func(s *classify.Settings) any {
			if *at(s) == 0 {
				return *at(&defaults)
			}
			return *at(s)
		},
		set: func(s *classify.Settings, values []string) error {
			age, err := classify.ParseAge(values[0])
			*at(s) = age
			if err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			return nil
		},
	}
}

func names(key, about string, at func(*classify.Settings) *[]string) setting {
	return setting{
		key: key, about: about, many: true,
		get: func(s *classify.Settings) any { return append([]string{}, *at(s)...) },
		set: func(s *classify.Settings, values []string) error {
			if slices.Contains(values, "") {
				return fmt.Errorf("%s: a name is empty: give names, or default for none", key)
			}
			*at(s) = values
			return nil
		},
	}
}

// reset gives a setting its default back.
func (s *setting) reset(to *classify.Settings) error {
	if s.many {
		return s.set(to, nil)
	}
	return s.set(to, []string{s.text(&defaults)})
}

func (s *setting) text(of *classify.Settings) string {
	switch v := s.get(of).(type) {
	case []string:
		return strings.Join(v, " ")
	default:
		return fmt.Sprint(v)
	}
}

func findSetting(key string) (*setting, error) {
	var keys []string
	for _, s := range settings() {
		if s.key == key {
			return &s, nil
		}
		keys = append(keys, s.key)
	}
	if near := nearest(key, keys, 1); len(near) > 0 {
		return nil, usagef("unknown setting %q: did you mean %s?", key, near[0])
	}
	return nil, usagef("unknown setting %q: the settings are %s", key, strings.Join(keys, " "))
}

package classify

import (
	"encoding/json"
	"testing"
	"time"
)

func TestParseSettings(t *testing.T) {
	s, err := ParseSettings([]byte(`{"failed_until": "next-scan", "pending_reboot": "runs", "lists_max_age": "30d", "scan_max_age": "1h",
		"security_archives": ["hotfix"], "security_sites": ["fix.example.org"], "security_labels": ["Hotfixes"]}`))
	if err != nil || s.FailedUntil != "next-scan" || s.PendingReboot != "runs" || s.ListsMaxAge != Age(30*24*time.Hour) || s.ScanMaxAge != Age(time.Hour) {
		t.Errorf("got %+v, %v", s, err)
	}
	wantTexts(t, append(append(s.SecurityArchives, s.SecuritySites...), s.SecurityLabels...), "hotfix", "fix.example.org", "Hotfixes")
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseSettings(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	wantJSON(t, again, s)
	t.Run("the empty object is the default", func(t *testing.T) {
		s, err := ParseSettings([]byte("\ufeff{}"))
		if err != nil {
			t.Fatal(err)
		}
		wantJSON(t, s, Settings{})
	})
	for text, want := range map[string][2]string{
		`{"failed_until": "never"}`:           {"failed_until", `unknown value "never": the values are resolved next-scan`},
		`{"pending_reboot": "all"}`:           {"pending_reboot", "the values are any runs"},
		`{"security_archives": ["a", ""]}`:    {"security_archives[1]", "is empty"},
		`{"security_sites": [""]}`:            {"security_sites[0]", "is empty"},
		`{"security_labels": [""]}`:           {"security_labels[0]", "is empty"},
		`{"scan_max_days": 7}`:                {"settings", `there is no "scan_max_days": there are failed_until lists_max_age`},
		`{"Scan_max_age": "7d"}`:              {"settings", `there is no "Scan_max_age"`},
		`{"scan_max_age": "7"}`:               {"scan_max_age", `"7" is no age`},
		`{"scan_max_age": 14}`:                {"scan_max_age", "must be an age such as \"14d\", and its JSON type is number"},
		`{"scan_max_age": "0d"}`:              {"scan_max_age", "above 0"},
		`{"scan_max_age": "0.1ns"}`:           {"scan_max_age", "above 0"},
		`{"scan_max_age": "36500d1h"}`:        {"scan_max_age", "at most 36500d"},
		`{"scan_max_age": "40000d"}`:          {"scan_max_age", "at most 36500d"},
		`{"scan_max_age": []}`:                {"scan_max_age", "must be an age such as \"14d\", and its JSON type is array"},
		`{"failed_until": 7}`:                 {"failed_until", "must be a word, and its JSON type is number"},
		`{"security_sites": "a"}`:             {"security_sites", "must be a list of names, and its JSON type is string"},
		`{"security_sites": ["a", 1]}`:        {"security_sites", "must be a list of names, and its JSON type is number"},
		`{"scan_max_age": "7d"} {"x": 1}`:     {"settings", "must be one JSON object"},
		`{"failed_until": "resolved"`:         {"settings", "unexpected end of JSON input"},
		`{"": 1}`:                             {"settings", `there is no ""`},
		`[]`:                                  {"settings", "must be one JSON object"},
		``:                                    {"settings", "must be one JSON object"},
		`{"lists_max_age": "36500d", "x": 1}`: {"settings", `there is no "x"`},
	} {
		t.Run(text, func(t *testing.T) {
			_, err := ParseSettings([]byte(text))
			wantFieldError(t, err, want[0], want[1])
		})
	}
}

func TestParseAge(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"14d": 14 * 24 * time.Hour, "36h": 36 * time.Hour, "1d12h": 36 * time.Hour, "0d1s": time.Second, "36500d": 36500 * 24 * time.Hour, "90m": 90 * time.Minute, "1h0m5s": time.Hour + 5*time.Second,
	} {
		got, err := ParseAge(text)
		if err != nil || got != Age(want) {
			t.Errorf("%s: got %s, %v", text, got, err)
		}
		if again, err := ParseAge(got.String()); err != nil || again != got {
			t.Errorf("%s prints as %s, and that is %s, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "d", "14", "14 d", "-1d", "+1d", "01d", "1.5d", "0d", "0h", "-3h", "36501d", "1d12", "1dx", "14d 1h", "x", "2d-72h", "99999999999999999999d"} {
		if got, err := ParseAge(text); err == nil {
			t.Errorf("%q: got %s", text, got)
		}
	}
	for age, want := range map[Age]string{Age(14 * 24 * time.Hour): "14d", Age(36 * time.Hour): "36h", Age(90 * time.Minute): "1h30m", Age(10 * time.Minute): "10m", Age(time.Hour + time.Second): "1h0m1s", 0: "0s"} {
		if got := age.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

package classify

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/patchstream/patchstream/messages"
)

// FuzzParseSettings holds for any text: it is refused with its field, or it can be written and read again.
func FuzzParseSettings(f *testing.F) {
	for _, s := range []string{
		`{"failed_until":"next-scan","pending_reboot":"runs","lists_max_age":"14d","scan_max_age":3600}`,
		`{"security_archives":["a"],"security_sites":[""]}`, `{"scan_max_age":1e-9}`, `{"scan_max_age":1e-10}`, `{} {}`, `{"x":1}`, `[]`, ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseSettings(text)
		if err != nil {
			if field := (*messages.FieldError)(nil); !errors.As(err, &field) || field.Field == "" {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseSettings(again)
		if diff := cmp.Diff(s, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%s: %v\n%s", again, err, diff)
		}
	})
}

// FuzzParseAge holds for any text: it is refused, or it is above 0 and printed as it is read.
func FuzzParseAge(f *testing.F) {
	for _, s := range []string{"14d", "36h", "1d12h", "0d", "-1d", "36501d", "1d-12h", "106751d24h", "9223372036s", "1021464h", "d", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		age, err := ParseAge(text)
		if err != nil {
			return
		}
		if again, err := ParseAge(age.String()); age <= 0 || err != nil || again != age {
			t.Fatalf("%q is %s, printed %q, read as %s, %v", text, time.Duration(age), age, time.Duration(again), err)
		}
	})
}

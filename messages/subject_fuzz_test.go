package messages

import (
	"errors"
	"testing"
)

// FuzzParseSubject holds for any subject: it is refused with its field, or it is how the same kind and host are
// written.
func FuzzParseSubject(f *testing.F) {
	for _, s := range []string{"patch.scan.web-1", "patch.run.a.b.c", "patch.changed.x", "patch.due.web-1", "patch.due.", "patch.scan.", "patch.scan.a..b", "patch.", "scan", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, subject string) {
		kind, host, err := ParseSubject(subject)
		if err != nil {
			if fe := (*FieldError)(nil); !errors.As(err, &fe) || fe.Field != "subject" || host != "" {
				t.Fatalf("%q %v", host, err)
			}
			return
		}
		if kind.Subject(host) != subject || ValidHost(host) != nil {
			t.Fatalf("%q is read as %q of %q", subject, kind, host)
		}
	})
}

// FuzzParseKeyToken holds for any text: it is refused, or it is how its meaning is written. Any text can be written.
func FuzzParseKeyToken(f *testing.F) {
	for _, s := range []string{"pb-0123", "arn=3Aaws", "a=2", "=zz", "=2e", "=41", "", "ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if meaning, err := ParseKeyToken(text); err == nil && KeyToken(meaning) != text {
			t.Fatalf("%q means %q, which is written %q", text, meaning, KeyToken(meaning))
		}
		if back, err := ParseKeyToken(KeyToken(text)); err != nil || back != text {
			t.Fatalf("%q is written %q, which means %q, %v", text, KeyToken(text), back, err)
		}
	})
}

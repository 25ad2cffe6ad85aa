package wire

import (
	"bytes"
	"testing"
	"time"
)

// FuzzInstant holds the reader of times against package time: what it takes, the other takes for the same time, and
// the time as the other writes it is read back.
func FuzzInstant(f *testing.F) {
	for _, s := range []string{
		"2026-01-02T03:04:05Z", "2026-01-02t03:04:05.5z", "2026-01-02T05:34:05.123456789+02:30", "2028-02-29T00:00:00-23:59",
		"2026-01-02T03:04:05,5Z", "2026-01-02T3:04:05Z", "2026-01-02T03:04:05+24:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, problem := parseInstant(text)
		if problem != "" {
			return
		}
		want, err := time.Parse(time.RFC3339, string(bytes.ToUpper(text)))
		if err != nil || !got.Equal(want) || got.Location() != time.UTC || CheckTime(got) != nil {
			t.Fatalf("%q is read as %v, by package time as %v, %v", text, got, want, err)
		}
		if again, problem := parseInstant(got.AppendFormat(nil, time.RFC3339Nano)); again != got {
			t.Fatalf("%v comes back as %v: %s", got, again, problem)
		}
	})
}

// BenchmarkInstant is here since JSON says each time as a text.
func BenchmarkInstant(b *testing.B) {
	for _, s := range []string{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456789Z", "2026-01-02T05:34:05+02:30"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			text := []byte(s)
			for b.Loop() {
				if _, problem := parseInstant(text); problem != "" {
					b.Fatal(problem)
				}
			}
		})
	}
}

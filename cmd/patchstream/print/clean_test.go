package print

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/worker/deadletters"
)

// hostile is what a host may call something.
func hostile(t *rapid.T) string {
	parts := rapid.SliceOf(rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"\x1b]0;owned\x07", "\x1b[2J", "\x1b[31m", "\u009b2J", "\x7f", "\u202e", "\u2066", "\x00", "\r", "\n", "\x9b", "\xff", "\U000e0001", "\u2028", "e\u0301", "名"}),
	)).Draw(t, "parts")
	return strings.Join(parts, "")
}

// Nothing that a host says reaches a terminal as anything but text and colour, wherever it is printed.
func TestNothingThatIsPrintedCommandsATerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile(t)
		var stdout, stderr bytes.Buffer
		p := New(&stdout, &stderr)
		p.Printf("%s\n", s)
		p.Field(s, s)
		p.Title(s)
		p.grid(&grid{head: []string{"A"}, rows: [][]string{{s}}})
		p.DeadLetter(&deadletters.Letter{Host: s, Reason: s, Subject: s, Payload: []byte(s), Headers: map[string][]string{s: {s}}})
		p.Complain("%s", s)
		p.Warn("%s", Line(errors.New(s)))
		log := p.Logger()
		log.Error().Str("host", s).Err(errors.New(s)).Msg(s)
		for name, text := range map[string]string{"stdout": stdout.String(), "stderr": stderr.String()} {
			text = colours.ReplaceAllString(text, "")
			for _, r := range text {
				if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t' {
					t.Fatalf("%s has %U: %q", name, r, text)
				}
			}
			if !utf8.ValidString(text) {
				t.Fatalf("%s is no UTF-8: %q", name, text)
			}
		}
		if n := strings.Count(stderr.String(), "\n"); n != 3 {
			t.Fatalf("a complaint, a warning and a line of the log are %d lines: %q", n, stderr.String())
		}
	})
}

// For a machine it is the text that it was.
func TestJSONSaysWhatItSaidAndIsHarmlessOnATerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.ToValidUTF8(hostile(t), "\uFFFD")
		var stdout bytes.Buffer
		p := New(&stdout, nil)
		if err := p.JSON(map[string]string{s: s}); err != nil {
			t.Fatal(err)
		}
		for _, r := range stdout.String() {
			if r != '\n' && (unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r)) {
				t.Fatalf("it has %U: %q", r, stdout.String())
			}
		}
		var got map[string]string
		if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || got[s] != s {
			t.Fatalf("%q came back as %q, %v", s, got, err)
		}
	})
}

func TestJSONEscapesAndWordsReplace(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                    "plain",
		"naïve 名\tx\n":             "naïve 名\tx\n",
		"\x1b[31mred\x1b[0m":       "\x1b[31mred\x1b[0m",
		"\x1b[2Jgone":              "\uFFFD[2Jgone",
		"\u009b31m \x7f \u202etxt": "\uFFFD31m \uFFFD \uFFFDtxt",
		"\x9b31m":                  "\uFFFD31m",
		"\x1b[31m\x1b]0;x\x07":     "\x1b[31m\uFFFD]0;x\uFFFD",
	} {
		if got := clean(text); got != want {
			t.Errorf("clean(%q) is %q, not %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		`{"a": "é 名"}`:              `{"a": "é 名"}`,
		"\"\u009b \u202e \x7f\"":    `"\u009b \u202e \u007f"`,
		"\"\U000e0001 \U0001f600\"": "\"\\udb40\\udc01 \U0001f600\"",
	} {
		if got := string(escaped([]byte(text))); got != want {
			t.Errorf("escaped(%q) is %q, not %q", text, got, want)
		}
	}
}

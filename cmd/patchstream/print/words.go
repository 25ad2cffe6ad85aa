package print

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/patchstream/patchstream/messages"
)

const none = "–"

const day = 24 * time.Hour

// OrNone shows that there is nothing.
func OrNone[S ~string](s S) string {
	if s == "" {
		return none
	}
	return string(s)
}

// Plain keeps what hosts say from moving the cursor of a terminal or breaking a table.
func Plain(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}

// age prints a duration in its largest unit, as people say it.
func age(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d d", d/day)
}

// since prints how old a time is. A zero now is unknown.
func since(t, now time.Time) string {
	if t.IsZero() || now.IsZero() {
		return none
	}
	return age(now.Sub(t))
}

// Clock prints a time in UTC.
func Clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// clockAndAge prints a time and, where now is known, its age.
func clockAndAge(t, now time.Time) string {
	switch {
	case t.IsZero():
		return "not known"
	case now.IsZero():
		return Clock(t)
	}
	return fmt.Sprintf("%s, %s ago", Clock(t), age(now.Sub(t)))
}

// Count prints a number with its noun.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// baselineWords names a baseline and which of its revisions it is.
func (p *Printer) baselineWords(b messages.BaselineRef) string {
	name := b.Name
	if name == "" {
		name = b.ID
	}
	if b.Version == 0 {
		return OrNone(name)
	}
	number := b.Version
	if p.RevisionOf != nil {
		number = p.RevisionOf(b.ID, b.Version)
	}
	if number == 0 {
		return name + ", an older revision"
	}
	return fmt.Sprintf("%s, revision %d", name, number)
}

// arrow shows a version and the one it is compared with.
func arrow(from, to string) string {
	switch {
	case from == "" && to == "":
		return none
	case from == "":
		return "→ " + to
	case to == "" || from == to:
		return from
	}
	return from + " → " + to
}

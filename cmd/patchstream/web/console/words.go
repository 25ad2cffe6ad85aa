package console

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// count writes a number with its thousands apart.
func count(n any) string {
	digits := fmt.Sprint(n)
	sign := ""
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "−", rest
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// plural writes how many there are of something.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// timeOf is the time in a value of a template; zero: none.
func timeOf(at any) time.Time {
	switch at := at.(type) {
	case time.Time:
		return at
	case *time.Time:
		if at != nil {
			return *at
		}
	}
	return time.Time{}
}

// isNone reports whether a time is not known.
func isNone(at any) bool { return timeOf(at).IsZero() }

// clock writes a time for people.
func clock(at any) string { return timeOf(at).UTC().Format("2006-01-02 15:04:05") + " UTC" }

// stamp writes a time for machines.
func stamp(at any) string { return timeOf(at).UTC().Format(time.RFC3339) }

// age writes how long ago a time was, or how far ahead it is, in its largest unit.
func age(now time.Time, at any) string {
	d := now.Sub(timeOf(at))
	switch {
	case d < -time.Minute:
		return "in " + span(-d)
	case d < time.Second:
		return "now"
	}
	return span(d) + " ago"
}

func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 2*day:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return strconv.Itoa(int(d/day)) + " d"
}

// word writes a code of the contract as people do: PENDING_REBOOT is Pending reboot.
func word(code any) string {
	text := strings.ToLower(strings.ReplaceAll(fmt.Sprint(code), "_", " "))
	if text == "" {
		return ""
	}
	if rest, is := strings.CutPrefix(text, "non "); is {
		text = "non-" + rest
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func hostURL(host string) string { return "/hosts/" + url.PathEscape(host) }

func patchURL(host, patch string) string { return hostURL(host) + "/patches/" + url.PathEscape(patch) }

func packageURL(name string) string { return "/packages/" + url.PathEscape(name) }

func baselineURL(id string) string { return "/baselines/" + url.PathEscape(id) }

package wire

import (
	"errors"
	"time"
)

// The problems a time may have.
const (
	notATime   = "is not an RFC 3339 time"
	tooFine    = "has more than 9 digits after the second"
	yearBeyond = "has a year outside 1 to 9999"
)

// The first and the last second of the years 1 to 9999 in UTC, since 1970.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// parseInstant returns the time that an RFC 3339 string stands for, in UTC, or what is wrong with it. It
// takes what RFC 3339 allows and nothing else: no comma, no 24:00, no second 60, no finer than a nanosecond.
//
// It is not time.Parse, which takes a comma, an hour of one digit, an offset of 24:00 and cuts off what is finer, and
// refuses a small t: with a check of the shape before it, that is as long as this, and it allocates for each offset.
func parseInstant(b []byte) (time.Time, string) {
	if len(b) < len("2006-01-02T15:04:05Z") || b[4] != '-' || b[7] != '-' || b[10]|0x20 != 't' || b[13] != ':' || b[16] != ':' {
		return time.Time{}, notATime
	}
	year, month, day := digits(b[0:4]), digits(b[5:7]), digits(b[8:10])
	hour, minute, second := digits(b[11:13]), digits(b[14:16]), digits(b[17:19])
	nanos, zone := fraction(b[19:])
	if nanos > 999_999_999 {
		return time.Time{}, tooFine
	}
	offset, ok := zoneOffset(zone)
	if !ok || nanos < 0 || min(year, month, day, hour, minute, second) < 0 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, notATime
	}
	local := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if local.Month() != time.Month(month) || local.Day() != day {
		return time.Time{}, notATime // such as 30 February
	}
	t := local.Add(-offset)
	if !yearInRange(t) {
		return time.Time{}, yearBeyond
	}
	return t, ""
}

// fraction reads the digits after the second, as nanoseconds, and returns what follows them: more than a
// second's worth where there are too many, less than none where there is a dot and no digit.
func fraction(b []byte) (int, []byte) {
	if len(b) == 0 || b[0] != '.' {
		return 0, b
	}
	n, i := 0, 1
	for ; i < len(b) && '0' <= b[i] && b[i] <= '9'; i++ {
		if i <= 9 {
			n = 10*n + int(b[i]-'0')
		}
	}
	switch {
	case i == 1:
		return -1, b[i:]
	case i > 10:
		return 1_000_000_000, b[i:]
	}
	for j := i; j < 10; j++ {
		n *= 10
	}
	return n, b[i:]
}

// zoneOffset reads Z, +hh:mm or -hh:mm, how far a zone is ahead of UTC.
func zoneOffset(b []byte) (time.Duration, bool) {
	if len(b) == 1 {
		return 0, b[0]|0x20 == 'z'
	}
	if len(b) != 6 || b[3] != ':' || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	hour, minute := digits(b[1:3]), digits(b[4:6])
	if min(hour, minute) < 0 || hour > 23 || minute > 59 {
		return 0, false
	}
	offset := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
	if b[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// digits returns the number that b spells in decimal digits alone, or -1.
func digits(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = 10*n + int(c-'0')
	}
	return n
}

var errYear = errors.New(yearBeyond)

// CheckTime returns an error for a time that no payload can hold: its year has to be within 1 and 9999.
func CheckTime(t time.Time) error {
	if !yearInRange(t) {
		return errYear
	}
	return nil
}

func yearInRange(t time.Time) bool {
	return firstSecond <= t.Unix() && t.Unix() <= lastSecond
}

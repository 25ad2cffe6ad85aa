package messages

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"time"
)

// What the reader says; see package wire.
const (
	notATime   = "is not an RFC 3339 time"
	yearBeyond = "has a year outside 1 to 9999"
	maxNesting = 32
)

func TestRefusesMalformedJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ payload, field, says string }{
		{``, "payload", "ends"},
		{` `, "payload", "ends"},
		{`[]`, "payload", "must be a map"},
		{`null`, "payload", "must be a map"},
		{`hello`, "payload", "is not JSON: 'h' cannot stand at byte 0"},
		{`{`, "payload", "ends"},
		{`{"id"`, "payload", "ends"},
		{`{"id":`, "id", "ends"},
		{`{"id":"x`, "id", "ends"},
		{`{"id":"x"`, "payload", "ends"},
		{`{"id":"x",}`, "payload", "'}' cannot stand"},
		{`{"id":"x" "v":1}`, "payload", `'"' cannot stand`},
		{`{"id":"x";}`, "payload", "';' cannot stand"},
		{`{"id" "x"}`, "payload", `'"' cannot stand`},
		{`{7:"x"}`, "payload", "'7' cannot stand"},
		{`{"id":nul}`, "id", "'n' cannot stand"},
		{`{"id":"a` + "\n" + `b"}`, "id", "cannot stand"},
		{`{"id":"\x"}`, "id", `'\\' cannot stand`},
		{`{"id":"\u12"}`, "id", `'\\' cannot stand`},
		{`{"id":"\u12g4"}`, "id", `'\\' cannot stand`},
		{`{"x":01}`, "payload", "'1' cannot stand"},
		{`{"v":-}`, "v", "'}' cannot stand"},
		{`{"v":1.}`, "v", "'}' cannot stand"},
		{`{"v":1e}`, "v", "'}' cannot stand"},
		{`{"v":+1}`, "v", "'+' cannot stand"},
		{`{"v":1e999999999}`, "v", "is out of range"},
		{`{"v":` + strings.Repeat("1", 1000) + `}`, "v", "is out of range"},
		{`{"v":99999999999999999999}`, "v", "is out of range"},
		{`{"x":[1,2}`, "payload", "'}' cannot stand"},
		{`{"x":[1,]}`, "payload", "']' cannot stand"},
		{`{"x":{"a":1,}}`, "payload", "'}' cannot stand"},
		{`{"x":{1:1}}`, "payload", "'1' cannot stand"},
		{`{"x":"\q"}`, "payload", `'\\' cannot stand`},
		{`{"x":tru}`, "payload", "'t' cannot stand"},
		{`{"x":.5}`, "payload", "'.' cannot stand"},
		{`{"x":` + strings.Repeat("[", maxNesting) + strings.Repeat("]", maxNesting) + `}`, "payload", "is nested deeper than 32"},
		{`{"id":"x","id":"x"}`, "id", "is given twice"},
		{`{"id":null,"id":"x"}`, "id", "is given twice"},
		{`{"v":1,"\u0076":1}`, "v", "is given twice"},
		{`{"tags":{"a":"x","a":"y"}}`, "tags", `"a" is given twice`},
		{`{"packages":[{"name":"x","name":"x"}]}`, "packages[0].name", "is given twice"},
		{leastScan + `x`, "payload", "1 bytes follow the message"},
		{leastScan + leastScan, "payload", "bytes follow the message"},
		{"\xef\xbb\xbf\xef\xbb\xbf" + leastScan, "payload", "is not JSON"},
	} {
		_, err := Decode(KindScan, []byte(tt.payload), Encoding{ContentType: "application/json"})
		t.Run(tt.payload[:min(len(tt.payload), 40)], func(t *testing.T) { refused(t, err, tt.field, tt.says) })
	}
}

func TestRefusesMalformedMessagePack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, payload, field, says string }{
		{"nothing", "", "payload", "ends"},
		{"a list", "\x90", "payload", "must be a map"},
		{"nil", "\xc0", "payload", "must be a map"},
		{"a byte that is never used", "\xc1", "payload", "is not MessagePack"},
		{"a map without its pairs", "\x81", "payload", "claims 1 elements where 0 bytes are left"},
		{"a map with half a pair", "\x81\xa2id", "id", "ends"},
		{"a map of 2^32-1 pairs", "\xdf\xff\xff\xff\xff", "payload", "claims"},
		{"a key that is a number", "\x81\x01\x01", "payload", "has a key that is not a string"},
		{"a key that is nil", "\x81\xc0\x01", "payload", "has a key that is not a string"},
		{"a tag whose key is a number", "\x81\xa4tags\x81\x01\x01", "tags", "has a key that is not a string"},
		{"a string of 2^32-1 bytes", "\x81\xa2id\xdb\xff\xff\xff\xffabc", "id", "claims"},
		{"a string that ends early", "\x81\xa2id\xa5abc", "id", "claims 5 bytes where 3 are left"},
		{"a length that ends early", "\x81\xa2id\xda\x01", "id", "claims 2 bytes where 1 are left"},
		{"a list of 2^32-1 packages", "\x81\xa8packages\xdd\xff\xff\xff\xff", "packages", "claims"},
		{"a list of 2^16-1 packages", "\x81\xa8packages\xdc\xff\xff" + strings.Repeat("\xc0", 1<<16), "packages", "has 65535 elements, the bound is 50000"},
		{"an unknown list of 2^32-1 elements", "\x81\xa1x\xdd\xff\xff\xff\xff", "payload", "claims"},
		{"an unknown string that ends early", "\x81\xa1x\xa5abc", "payload", "claims"},
		{"an unknown extension that ends early", "\x81\xa1x\xd8\x05abc", "payload", "claims"},
		{"an unknown float that ends early", "\x81\xa1x\xcbabc", "payload", "claims"},
		{"an unknown byte that is never used", "\x81\xa1x\x91\xc1", "payload", "is not MessagePack"},
		{"deep nesting", "\x81\xa1x" + strings.Repeat("\x91", maxNesting) + "\xc0", "payload", "is nested deeper than 32"},
		{"deep nesting of maps", "\x81\xa1x" + strings.Repeat("\x81\xa1x", maxNesting) + "\xc0", "payload", "is nested deeper than 32"},
		{"a field twice", "\x82\xa2id\xa1x\xa2id\xa1x", "id", "is given twice"},
		{"an integer beyond 63 bits", "\x81\xa1v\xcf\x80\x00\x00\x00\x00\x00\x00\x00", "v", "is out of range"},
		{"a float that is no number", "\x81\xa1v\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "v", "must be an integer"},
		{"an infinite float", "\x81\xa1v\xca\x7f\x80\x00\x00", "v", "must be an integer"},
		{"a huge float", "\x81\xa1v\xcb\x7f\xe0\x00\x00\x00\x00\x00\x00", "v", "is out of range"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(KindScan, []byte(tt.payload), Encoding{})
			refused(t, err, tt.field, tt.says)
		})
	}
}

func TestRefusesBytesAfterTheMessage(t *testing.T) {
	t.Parallel()
	_, err := Decode(KindRecheck, []byte("\x83\xa1v\x01\xa2id\xa1c\xa4host\xa1h\xc0\xc0"), Encoding{})
	refused(t, err, "payload", "2 bytes follow the message")
}

func TestTakesIntegersOfAnyWidth(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value string
		want  uint64
	}{
		{"\x00", 0}, {"\x7f", 127}, {"\xcc\xff", 255}, {"\xcd\x01\x00", 256}, {"\xce\x00\x01\x00\x00", 1 << 16},
		{"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", math.MaxInt64}, {"\xd0\x05", 5}, {"\xd1\x00\x05", 5},
		{"\xd2\x00\x00\x00\x05", 5}, {"\xd3\x00\x00\x00\x00\x00\x00\x00\x05", 5},
		{"\xca\x40\xa0\x00\x00", 5}, {"\xcb\x40\x14\x00\x00\x00\x00\x00\x00", 5},
	} {
		payload := append([]byte("\x84\xa1v\x01\xa2id\xa1c\xa4host\xa1h\xadbaselines_seq"), tt.value...)
		event, err := Decode(KindRecheck, payload, Encoding{})
		if err != nil || event.(*Recheck).BaselinesSeq != tt.want {
			t.Errorf("%x: %v, %v, want %d", tt.value, event, err, tt.want)
		}
	}
	for text, want := range map[string]uint64{"5": 5, "5.0": 5, "50e-1": 5, "0.5E+1": 5, "-0": 0, "9223372036854775807": math.MaxInt64} {
		payload := strings.TrimSuffix(leastRecheck, "}") + `,"baselines_seq":` + text + `}`
		event, err := Decode(KindRecheck, []byte(payload), Encoding{ContentType: "application/json"})
		if err != nil || event.(*Recheck).BaselinesSeq != want {
			t.Errorf("%s: %v, %v, want %d", text, event, err, want)
		}
	}
}

func TestTakesStringsAsBytesAndReplacesWhatIsNotUTF8(t *testing.T) {
	t.Parallel()
	prefix := "\x84\xa1v\x01\xa2id\xa1c\xa4host\xa1h\xa5cause"
	for _, tt := range []struct{ value, want string }{
		{"\xa2ab", "ab"}, {"\xd9\x02ab", "ab"}, {"\xda\x00\x02ab", "ab"}, {"\xdb\x00\x00\x00\x02ab", "ab"},
		{"\xc4\x02ab", "ab"}, {"\xc5\x00\x02ab", "ab"}, {"\xc6\x00\x00\x00\x02ab", "ab"},
		{"\xa0", ""}, {"\xc0", ""}, {"\xa3a\xffb", "a\uFFFDb"}, {"\xa2\xff\xfe", "\uFFFD\uFFFD"},
	} {
		event, err := Decode(KindRecheck, []byte(prefix+tt.value), Encoding{})
		if err != nil || event.(*Recheck).Cause != tt.want {
			t.Errorf("%x: %v, %v, want %q", tt.value, event, err, tt.want)
		}
	}
	for text, want := range map[string]string{
		`"ab"`: "ab", `"\u0061\n\t\r\b\f\/\\\""`: "a\n\t\r\b\f/\\\"", `"\u00e9\uD83D\uDE00"`: "é😀", `"\ud83d"`: "\uFFFD", `"\ude00x"`: "\uFFFDx",
		`"\ud83d\u0041"`: "\uFFFDA", "\"a\xffb\"": "a\uFFFDb", "\"\\n\xff\"": "\n\uFFFD", `null`: "", `"\u0000"`: "\x00",
	} {
		payload := strings.TrimSuffix(leastRecheck, "}") + `,"cause":` + text + `}`
		event, err := Decode(KindRecheck, []byte(payload), Encoding{ContentType: "application/json"})
		if err != nil || event.(*Recheck).Cause != want {
			t.Errorf("%s: %v, %v, want %q", text, event, err, want)
		}
	}
}

func TestBoundOfAStringCountsItAsUTF8(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\xff", MaxStringBytes/3+1)
	head := "\x84\xa1v\x01\xa2id\xa1c\xa4host\xa1h\xa5cause\xda" + string(binary.BigEndian.AppendUint16(nil, uint16(len(long))))
	_, err := Decode(KindRecheck, []byte(head+long), Encoding{})
	refused(t, err, "cause", "is longer than 4096 bytes")
	refused(t, (&Recheck{ID: "c", Host: "h", Cause: long}).Validate(), "cause", "is longer than 4096 bytes")
	_, err = Decode(KindRecheck, []byte(strings.TrimSuffix(leastRecheck, "}")+`,"cause":"\n`+long+`"}`), Encoding{ContentType: "application/json"})
	refused(t, err, "cause", "is longer than 4096 bytes")
	if err := (&Recheck{ID: "c", Host: "h", Cause: long[3:]}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestTakesTimesAsStringsAndTimestamps(t *testing.T) {
	t.Parallel()
	prefix := "\x86\xa1v\x01\xa2id\xa1o\xa4host\xa1h\xa5patch\xa1p\xa8withdraw\xc3\xa2at"
	text := func(s string) string { return "\xd9" + string([]byte{byte(len(s))}) + s }
	want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	seconds := uint64(want.Unix())
	for name, tt := range map[string]struct {
		value string
		want  time.Time
	}{
		"a string":                  {text("2026-01-02T03:04:05Z"), want},
		"a string as bytes":         {"\xc4\x142026-01-02T03:04:05Z", want},
		"an offset":                 {text("2026-01-02T05:34:05+02:30"), want},
		"an offset to the west":     {text("2026-01-01T22:04:05-05:00"), want},
		"lower case":                {text("2026-01-02t03:04:05z"), want},
		"nine digits":               {text("2026-01-02T03:04:05.123456789Z"), want.Add(123456789)},
		"one digit":                 {text("2026-01-02T03:04:05.5Z"), want.Add(5e8)},
		"29 February":               {text("2028-02-29T00:00:00Z"), time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC)},
		"a timestamp of 32 bits":    {"\xd6\xff" + string(binary.BigEndian.AppendUint32(nil, uint32(seconds))), want},
		"a timestamp of 64 bits":    {"\xd7\xff" + string(binary.BigEndian.AppendUint64(nil, 7<<34|seconds)), want.Add(7)},
		"a timestamp of 96 bits":    {"\xc7\x0c\xff\x00\x00\x00\x07" + string(binary.BigEndian.AppendUint64(nil, seconds)), want.Add(7)},
		"the last second there is":  {text("9999-12-31T23:59:59.999999999Z"), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)},
		"the first that is allowed": {text("2000-01-01T00:00:00Z"), OldestTime()},
	} {
		event, err := Decode(KindOverride, []byte(prefix+tt.value), Encoding{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := event.Time(); got != tt.want { // the location, too
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	for name, tt := range map[string]struct{ value, says string }{
		"ten digits":                  {text("2026-01-02T03:04:05.1234567890Z"), "more than 9 digits"},
		"a dot without digits":        {text("2026-01-02T03:04:05.Z"), notATime},
		"a comma":                     {text("2026-01-02T03:04:05,5Z"), notATime},
		"a leap second":               {text("2016-12-31T23:59:60Z"), notATime},
		"hour 24":                     {text("2026-01-02T24:00:00Z"), notATime},
		"minute 60":                   {text("2026-01-02T23:60:00Z"), notATime},
		"30 February":                 {text("2026-02-30T00:00:00Z"), notATime},
		"29 February":                 {text("2026-02-29T00:00:00Z"), notATime},
		"month 13":                    {text("2026-13-01T00:00:00Z"), notATime},
		"month 0":                     {text("2026-00-01T00:00:00Z"), notATime},
		"day 0":                       {text("2026-01-00T00:00:00Z"), notATime},
		"no offset":                   {text("2026-01-02T03:04:05"), notATime},
		"an offset without colon":     {text("2026-01-02T03:04:05+0200"), notATime},
		"an offset of a day":          {text("2026-01-02T03:04:05+24:00"), notATime},
		"an offset of 60 minutes":     {text("2026-01-02T03:04:05+01:60"), notATime},
		"a blank for the T":           {text("2026-01-02 03:04:05Z"), notATime},
		"a sign in a number":          {text("2026-01-02T03:04:+5Z"), notATime},
		"text behind":                 {text("2026-01-02T03:04:05Z "), notATime},
		"an empty string":             {"\xa0", notATime},
		"a date":                      {text("2026-01-02"), notATime},
		"year 0":                      {text("0000-06-01T00:00:00Z"), yearBeyond},
		"year 0 by its offset":        {text("0001-01-01T00:00:00+00:01"), yearBeyond},
		"year 10000 by its offset":    {text("9999-12-31T23:59:59-00:01"), yearBeyond},
		"a timestamp beyond 9999":     {"\xc7\x0c\xff\x00\x00\x00\x00\x00\x00\x00\x3a\xff\xf4\x41\x80", yearBeyond},
		"a timestamp before year 1":   {"\xc7\x0c\xff\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00", yearBeyond},
		"too many nanoseconds":        {"\xc7\x0c\xff\x3b\x9a\xca\x00\x00\x00\x00\x00\x65\x00\x00\x00", "1000000000 nanoseconds"},
		"another extension":           {"\xd6\x05\x00\x00\x00\x00", "must be a time, not 4 bytes of extension 5"},
		"a timestamp of 5 bytes":      {"\xc7\x05\xff\x00\x00\x00\x00\x00", "must be a time, not 5 bytes of extension -1"},
		"a number":                    {"\xce\x65\x00\x00\x00", "must be a time"},
		"a timestamp that ends early": {"\xd7\xff\x00", "claims 9 bytes where 2 are left"},
		"a time before 2000":          {"\xd6\xff\x00\x00\x00\x01", "1970-01-01T00:00:01Z is before the year 2000"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode(KindOverride, []byte(prefix+tt.value), Encoding{})
			refused(t, err, "at", tt.says)
		})
	}
}

func TestEventsCheckTheYearsOfTheirTimes(t *testing.T) {
	t.Parallel()
	far := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	scan := goldenScan()
	scan.IndexAt = far
	refused(t, scan.Validate(), "index_at", yearBeyond)
	scan = goldenScan()
	scan.Packages[1].InstalledAt = far
	refused(t, scan.Validate(), "packages[1].installed_at", yearBeyond)
	scan = goldenScan()
	scan.Origins[2].ValidUntil = far
	refused(t, scan.Validate(), "origins[2].valid_until", yearBeyond)
	scan = goldenScan()
	scan.Packages[0].Versions[1].ReleasedAt = far
	refused(t, scan.Validate(), "packages[0].versions[1].released_at", yearBeyond)
	_, err := Encode(scan, JSON)
	refused(t, err, "packages[0].versions[1].released_at", yearBeyond)
	_, err = EncodeChange(&StatusChanged{Head{Host: "h", ID: "i", Revision: 1, At: far}}, MsgPack)
	refused(t, err, "at", yearBeyond)
}

package windows

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/golden"

	"github.com/patchstream/patchstream/messages"
)

const dumps = "../../testdata/windows"

func load(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dumps, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func read(t testing.TB, name string) *Dump {
	t.Helper()
	d, err := Read(load(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// edited reads a dump in which one text stands in the place of another.
func edited(t *testing.T, name, old, new string) (*Dump, error) {
	t.Helper()
	text := load(t, name)
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s has no %s", name, old)
	}
	return Read(bytes.Replace(text, []byte(old), []byte(new), 1))
}

func encoded(t *testing.T, e messages.Event) string {
	t.Helper()
	text, err := messages.Encode(e, messages.JSON)
	if err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	return pretty.String() + "\n"
}

func TestDumpsMakeTheseEvents(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(dumps + "/*.json")
	if err != nil || len(files) < 14 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if strings.HasPrefix(name, "powershell51") {
			continue // they say what server2022 says
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := read(t, name)
			s := d.Scan()
			s.Host = "web-w1.example.org"
			said := encoded(t, s)
			for _, r := range d.Runs(time.Time{}) {
				r.Host = s.Host
				said += encoded(t, r)
			}
			golden.Assert(t, said, "golden/"+name+".json")
		})
	}
}

func TestTheSameDumpMakesTheSameEvents(t *testing.T) {
	t.Parallel()
	one, two := read(t, "server2022"), read(t, "server2022")
	if diff := cmp.Diff(one.Scan(), two.Scan()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(one.Runs(time.Time{}), two.Runs(time.Time{})); diff != "" {
		t.Error(diff)
	}
}

// Whatever wrote the file, it says the same.
func TestEveryPowerShellIsUnderstoodAlike(t *testing.T) {
	t.Parallel()
	want := read(t, "server2022")
	scan, runs := want.Scan(), want.Runs(time.Time{})
	for _, name := range []string{"powershell51-utf8", "powershell51-utf16"} {
		got := read(t, name)
		s := got.Scan()
		if s.ID == scan.ID {
			t.Error("another text, and the same id")
		}
		s.ID = scan.ID
		// Windows PowerShell writes no fractions in our recording, but for that nothing differs.
		s.BootedAt = scan.BootedAt
		if diff := cmp.Diff(scan, s); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff(runs, got.Runs(time.Time{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for name, text := range map[string][]byte{
		"big-endian":   append([]byte{0xFE, 0xFF}, swapped(load(t, "powershell51-utf16")[2:])...),
		"without mark": load(t, "powershell51-utf16")[2:],
		"both":         swapped(load(t, "powershell51-utf16")[2:]),
	} {
		got, err := Read(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(runs, got.Runs(time.Time{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func swapped(text []byte) []byte {
	text = bytes.Clone(text)
	for i := 0; i+1 < len(text); i += 2 {
		text[i], text[i+1] = text[i+1], text[i]
	}
	return text
}

func TestABadDumpIsRefusedWithTheField(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, old, new, field, says string }{
		{"another format", `"patchstream-wua"`, `"inventory"`, "Format", `"inventory" is not "patchstream-wua"`},
		{"a later version", `"Version": 1,`, `"Version": 2,`, "Version", "reads version 1"},
		{"no time", `"TakenAt": "2026-11-20T10:00:00.0000000Z"`, `"TakenAt": null`, "TakenAt", "is required"},
		{"a local time", `"TakenAt": "2026-11-20T10:00:00.0000000Z"`, `"TakenAt": "11/20/2026 10:00:00"`, "TakenAt", "is no time"},
		{"an odd host", `"web-w1.example.org"`, `"web w1"`, "Host", "A-Z a-z"},
		{"no architecture", `"AMD64"`, `""`, "OS.Architecture", "is required"},
		{"an architecture with a dot", `"AMD64"`, `"amd.64"`, "OS.Architecture", "has a dot"},
		{"no criteria", `"IsInstalled=1"`, `null`, "Searches[0].Criteria", "is required"},
		{"no id", `"UpdateID": "5b7e0002-1c5a-4f0e-9d3b-6f2a70c4e002"`, `"UpdateID": ""`, "Searches[0].Updates[1].Identity.UpdateID", "is required"},
		{"a number with letters", `"5067000"`, `"KB50670x"`, "Searches[0].Updates[1].KBArticleIDs", "no number of a KB"},
		{"an odd date", `"2026-09-08T00:00:00.0000000Z"`, `"the eighth"`, "Searches[0].Updates[1].LastDeploymentChangeTime", "is no time"},
		{"a text for a flag", `"IsHidden": false`, `"IsHidden": "perhaps"`, "Searches[0].Updates[0].IsHidden", "true or false"},
		{"a list for a text", `"MsrcSeverity": "Critical"`, `"MsrcSeverity": ["Critical"]`, "Searches[0].Updates[0].MsrcSeverity", "a list where a text belongs"},
		{"half a code", `"ResultCode": 2,`, `"ResultCode": 2.5,`, "Searches[0].ResultCode", "whole number"},
		{"no operation", `"Operation": 1`, `"Operation": 7`, "History[0].Operation", "neither 1"},
		{"no result", `"ResultCode": 5`, `"ResultCode": 9`, "History[2].ResultCode", "none of 0 to 5"},
		{"an HRESULT of 64 bits", `"HResult": -2147024784`, `"HResult": -21470247840`, "History[2].HResult", "no HRESULT"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := edited(t, "server2022", row.old, row.new)
			var field *FieldError
			if !errors.As(err, &field) || field.Field != row.field || !strings.Contains(field.Problem, row.says) {
				t.Errorf("%v, want %s: …%s…", err, row.field, row.says)
			}
		})
	}
}

func TestWhatIsNoDumpIsRefused(t *testing.T) {
	t.Parallel()
	cut := load(t, "server2022")
	for name, row := range map[string]struct {
		text []byte
		says string
	}{
		"a list":        {[]byte(`[]`), "the dump: a list where an object belongs"},
		"nothing":       {nil, "ends too early"},
		"a half":        {cut[:len(cut)/2], "ends too early"},
		"two":           {append(bytes.Clone(cut), cut...), "something follows"},
		"a comma":       {[]byte("{\n\"Format\": 1,\n}"), "not JSON: line 3"},
		"Latin-1":       {[]byte("{\"Format\": \"\xe9\"}"), "neither UTF-8 nor UTF-16"},
		"an odd byte":   {[]byte("\xff\xfe{\x00}"), "odd number of bytes"},
		"too much":      {bytes.Repeat([]byte(" "), MaxBytes+1), "the bound is"},
		"cut at depth":  {[]byte(`{"Format":"patchstream-wua","Version":1,"TakenAt":"2026-11-20","OS":"@{Caption=x}"}`), "OS: a text where an object belongs: give ConvertTo-Json -Depth 10"},
		"cut in a list": {[]byte(`{"Format":"patchstream-wua","Version":1,"TakenAt":"2026-11-20","OS":{"Architecture":"x86"},"Searches":["System.Object"]}`), "Searches[0]: a text where an object belongs: give"},
	} {
		if _, err := Read(row.text); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v, want …%s…", name, err, row.says)
		}
	}
}

func TestWhatLooksLikeADump(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"server2022", "powershell51-utf8", "powershell51-utf16"} {
		if text := load(t, name); !Looks(text) || !Looks(append([]byte("\r\n "), text...)) && name == "server2022" {
			t.Errorf("%s does not", name)
		}
	}
	if big := append([]byte{0xFE, 0xFF}, swapped(load(t, "powershell51-utf16")[2:])...); !Looks(big) {
		t.Error("big-endian does not")
	}
	if !Looks([]byte(`{"Format": "patchstream-wua", "Host": "a", "Title": "` + strings.Repeat("é", 40) + `"`)) {
		t.Error("an umlaut where one would cut")
	}
	for _, text := range []string{"", "[]", "KB1", "\xff\xfe[\x00"} {
		if Looks([]byte(text)) {
			t.Errorf("%q does", text)
		}
	}
}

func TestTimesOfEveryForm(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	for _, text := range []string{
		`/Date(1795168800000)/`, `\/Date(1795168800000)\/`, `/Date(1795168800000+0100)/`, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00.0000000Z",
		"2026-11-20T11:00:00+01:00", "2026-11-20T10:00:00", "2026-11-20T10:00:00.0000000", "2026-11-20 10:00:00",
	} {
		if got, ok := parseTime(text); !ok || !got.Equal(want) {
			t.Errorf("%s is %s, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "soon", "11/20/2026", "/Date()/", "/Date(1e3)/", "2026-13-01", "/Date(99999999999999999999)/"} {
		if got, ok := parseTime(text); ok {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
	r := &reader{}
	for _, never := range []string{"1899-12-30T00:00:00", "/Date(-2209161600000)/", "1970-01-01T00:00:00Z"} {
		if got := (node{r, "x", never}).when(); !got.IsZero() || r.err != nil {
			t.Errorf("%s is %s, %v", never, got, r.err)
		}
	}
}

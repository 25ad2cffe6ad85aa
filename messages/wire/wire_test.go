package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"
)

type word string

// sample has a field of each kind.
type sample struct {
	Text   string
	Word   word
	MayBe  *string
	Texts  []string
	Tags   map[string]string
	Flag   bool
	Known  *bool
	Int    int
	Number *int
	Ints   []int
	Counts map[string]int
	Seen   uint64
	At     time.Time
	Parts  []part
	One    part
	Other  *part
}

type part struct {
	Name string
	Sub  []part
}

var partFields = MapOrListOf(
	Text("name", 10, func(p *part) *string { return &p.Name }).Required().Always(),
	ShortRecords("sub", 3, 5, "parts of parts", MapOf(Text("name", 10, func(p *part) *string { return &p.Name })), func(p *part) *[]part { return &p.Sub }).Late(),
)

var sampleFields = MapOf(
	Major[sample](3),
	Text("text", 10, func(s *sample) *string { return &s.Text }),
	Word("word", 10, func(s *sample) *word { return &s.Word }).Always(),
	TextOrNil("may_be", 10, func(s *sample) **string { return &s.MayBe }),
	Texts("texts", func(s *sample) *[]string { return &s.Texts }),
	TextMap("tags", 2, func(s *sample) *map[string]string { return &s.Tags }),
	Flag("flag", func(s *sample) *bool { return &s.Flag }),
	FlagOrNil("known", func(s *sample) **bool { return &s.Known }),
	Int("int", func(s *sample) *int { return &s.Int }),
	IntOrNil("number", func(s *sample) **int { return &s.Number }),
	Ints("ints", func(s *sample) *[]int { return &s.Ints }),
	IntMap("counts", 3, func(s *sample) *map[string]int { return &s.Counts }),
	Counter("seen", func(s *sample) *uint64 { return &s.Seen }),
	Instant("at", func(s *sample) *time.Time { return &s.At }),
	Records("parts", 2, partFields, func(s *sample) *[]part { return &s.Parts }),
	Nested("one", partFields, func(s *sample) *part { return &s.One }),
	NestedOrNil("other", partFields, func(s *sample) **part { return &s.Other }),
)

var anySample = rapid.Custom(func(t *rapid.T) *sample {
	text := rapid.StringMatching(`[a-zé]{0,5}`)
	somePart := rapid.Custom(func(t *rapid.T) part {
		p := part{Name: text.Draw(t, "name")}
		if rapid.Bool().Draw(t, "subs") {
			p.Sub = []part{{Name: text.Draw(t, "sub")}}
		}
		return p
	})
	s := &sample{
		Text: text.Draw(t, "text"), Word: word(text.Draw(t, "word")), Flag: rapid.Bool().Draw(t, "flag"), Int: rapid.Int().Draw(t, "int"),
		Seen: uint64(rapid.Int64Min(0).Draw(t, "seen")), One: somePart.Draw(t, "one"),
	}
	if rapid.Bool().Draw(t, "full") {
		s.MayBe, s.Known, s.Number = new(text.Draw(t, "may_be")), new(rapid.Bool().Draw(t, "known")), new(rapid.Int().Draw(t, "number"))
		s.Texts, s.Ints = []string{text.Draw(t, "text")}, []int{rapid.Int().Draw(t, "int"), 0}
		s.Tags, s.Counts = map[string]string{"a": text.Draw(t, "tag")}, map[string]int{"n": rapid.Int().Draw(t, "count")}
		s.At = time.Unix(rapid.Int64Range(firstSecond+1, lastSecond).Draw(t, "at"), 7).UTC()
		s.Parts, s.Other = []part{somePart.Draw(t, "part"), somePart.Draw(t, "part")}, new(somePart.Draw(t, "other"))
	}
	return s
})

func TestARecordComesBackInBothFormatsAndOthersCanReadIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := anySample.Draw(t, "sample")
		for format, unmarshal := range map[Format]func([]byte, any) error{
			MsgPack: func(b []byte, v any) error { return msgpack.Unmarshal(b, v) }, JSON: json.Unmarshal,
		} {
			payload, err := Append(nil, format, sampleFields, want)
			if err != nil {
				t.Fatal(err)
			}
			var got sample
			if err := Read(payload, format, sampleFields, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, &got); diff != "" {
				t.Fatal(diff)
			}
			var fields map[string]any
			if err := unmarshal(payload, &fields); err != nil || Sniff(payload) != format || Check(payload, format) != nil {
				t.Fatal(format, err)
			}
			if _, there := fields["text"]; there != (want.Text != "") || fields["word"] != string(want.Word) {
				t.Fatalf("%v", fields)
			}
		}
	})
}

func TestARecordIsAlwaysTheSameBytes(t *testing.T) {
	t.Parallel()
	p := part{Name: "n", Sub: []part{{Name: "s"}}}
	rec := &struct{ Parts []part }{[]part{p, {Name: "m"}}}
	fields := MapOf(
		ShortRecords("sub", 9, 9, "parts", partFields, func(s *struct{ Parts []part }) *[]part { return &s.Parts }).Late(),
		Major[struct{ Parts []part }](1),
	)
	for format, want := range map[Format]string{
		MsgPack: "\x82\xa1v\x01\xa3sub\x92\x92\xa1n\x91\x81\xa4name\xa1s\x91\xa1m",
		JSON:    `{"v":1,"sub":[{"name":"n","sub":[{"name":"s"}]},{"name":"m"}]}`,
	} {
		if got, err := Append(nil, format, fields, rec); err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
}

// manyFlags has a flag for each of up to twenty fields.
type manyFlags [20]bool

func flagFields(n int) Table[manyFlags] {
	var fields []Field[manyFlags]
	for i := range n {
		fields = append(fields, Flag(string(rune('a'+i)), func(b *manyFlags) *bool { return &b[i] }))
	}
	return MapOf(fields...)
}

func TestATableThatHasGrownWritesWhatItWroteBefore(t *testing.T) {
	t.Parallel()
	for n := range 21 {
		var rec, got manyFlags
		for i := range n {
			rec[i] = true
		}
		payload, err := Append([]byte("before"), MsgPack, flagFields(20).Grown(), &rec)
		if err != nil {
			t.Fatal(err)
		}
		payload = payload[len("before"):]
		if before, _ := Append(nil, MsgPack, flagFields(15), &rec); n <= 15 && string(before) != string(payload) {
			t.Errorf("%d fields: %x, was %x", n, payload, before)
		}
		if err := Read(payload, MsgPack, flagFields(20), &got); err != nil || got != rec {
			t.Errorf("%d fields come back as %v: %v", n, got, err)
		}
	}
}

func TestRefusesWhatBreaksATableAndNamesTheField(t *testing.T) {
	t.Parallel()
	for payload, field := range map[string]string{
		`{}`:                                                  "v",
		`{"v":2,"text":7}`:                                    "v",
		`{"v":3,"text":7}`:                                    "text",
		`{"v":3,"text":"12345678901"}`:                        "text",
		`{"v":3,"word":"12345678901"}`:                        "word",
		`{"v":3,"may_be":"12345678901"}`:                      "may_be",
		`{"v":3,"texts":["a",1]}`:                             "texts[1]",
		`{"v":3,"ints":[1.5]}`:                                "ints[0]",
		`{"v":3,"tags":{"a":"","b":"","c":""}}`:               "tags",
		`{"v":3,"counts":{"a":"1"}}`:                          "counts",
		`{"v":3,"seen":-1}`:                                   "seen",
		`{"v":3,"at":"now"}`:                                  "at",
		`{"v":3,"flag":1}`:                                    "flag",
		`{"v":3,"one":{}}`:                                    "one.name",
		`{"v":3,"parts":[["a"],["b"],["c"]]}`:                 "parts",
		`{"v":3,"parts":[["a"],["b",[{},{},{},{}]]]}`:         "parts[1].sub",
		`{"v":3,"parts":[["a",[{},{},{}]],["b",[{},{},{}]]]}`: "parts[1].sub[2]",
		`{"v":3,"other":[]}`:                                  "other",
		`{"v":3}{}`:                                           "payload",
		`{"v":3,"flag":true`:                                  "payload",
		`{"v":3,"x":[[[}}}]]]`:                                "payload",
	} {
		err := Read([]byte(payload), JSON, sampleFields, new(sample))
		if fe := (*FieldError)(nil); !errors.As(err, &fe) || fe.Field != field {
			t.Errorf("%s: %v, want the field %s", payload, err, field)
		}
	}
}

func TestPassesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	var got sample
	payload := `{"new":[{"a":[1,null]},"b"],"v":3,"text":null,"one":{"name":"n","later":{}},"parts":[["a",null,[7]],{"name":"b","x":1}]}`
	if err := Read([]byte(payload), JSON, sampleFields, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample{One: part{Name: "n"}, Parts: []part{{Name: "a"}, {Name: "b"}}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWritesNothingThatItWouldNotRead(t *testing.T) {
	t.Parallel()
	sub := func(n int) []part { return make([]part, n) }
	key := func(n int) string { return strings.Repeat("\xff", MaxStringBytes/3) + strings.Repeat("x", n) }
	const ten, eleven = "1234567890", "12345678901"
	for _, tt := range []struct {
		field    string
		at, over func(s *sample)
	}{
		{"text", func(s *sample) { s.Text = ten }, func(s *sample) { s.Text = eleven }},
		{"text", func(s *sample) { s.Text = "\xff\xff\xffx" }, func(s *sample) { s.Text = "\xff\xff\xff\xff" }},
		{"word", func(s *sample) { s.Word = ten }, func(s *sample) { s.Word = eleven }},
		{"may_be", func(s *sample) { s.MayBe = new(ten) }, func(s *sample) { s.MayBe = new(eleven) }},
		{"tags", func(s *sample) { s.Tags = map[string]string{"a": "", "b": ""} }, func(s *sample) { s.Tags["c"] = "" }},
		{"counts", func(s *sample) { s.Counts = map[string]int{"\xff": 1, "a": 2} }, func(s *sample) { s.Counts["\xfe"] = 3 }},
		{"counts", func(s *sample) { s.Counts = map[string]int{key(1): 1} }, func(s *sample) { s.Counts[key(2)] = 2 }},
		{"seen", func(s *sample) { s.Seen = 1<<63 - 1 }, func(s *sample) { s.Seen++ }},
		{"at", func(s *sample) { s.At = time.Unix(lastSecond, 0) }, func(s *sample) { s.At = s.At.Add(time.Second) }},
		{"parts", func(s *sample) { s.Parts = sub(2) }, func(s *sample) { s.Parts = sub(3) }},
		{"one.sub", func(s *sample) { s.One.Sub = sub(3) }, func(s *sample) { s.One.Sub = sub(4) }},
		{"one.sub[1].name", func(s *sample) { s.One.Sub = sub(2) }, func(s *sample) { s.One.Sub[1].Name = eleven }},
		{"parts[1].name", func(s *sample) { s.Parts = sub(2) }, func(s *sample) { s.Parts[1].Name = eleven }},
		{"other.sub", func(s *sample) { s.One.Sub, s.Other = sub(3), &part{Sub: sub(2)} }, func(s *sample) { s.Other.Sub = sub(3) }},
	} {
		for format := range Format(2) {
			s := new(sample)
			tt.at(s)
			payload, err := Append(nil, format, sampleFields, s)
			if err == nil {
				err = Read(payload, format, sampleFields, new(sample))
			}
			if err != nil {
				t.Errorf("%s at its bound: %v", tt.field, err)
			}
			tt.over(s)
			_, err = Append(nil, format, sampleFields, s)
			if fe := (*FieldError)(nil); !errors.As(err, &fe) || fe.Field != tt.field {
				t.Errorf("%s beyond its bound: %v", tt.field, err)
			}
		}
	}
}

func TestWritesNoRecordWithoutARequiredField(t *testing.T) {
	t.Parallel()
	name := Text("name", 10, func(p *part) *string { return &p.Name }).Required()
	for shape, fields := range map[string]Table[part]{"a map": MapOf(name), "a list": MapOrListOf(name)} {
		list := MapOf(Records("parts", 2, fields, func(s *sample) *[]part { return &s.Parts }))
		s := &sample{Parts: []part{{Name: "a"}, {}}}
		_, err := Append(nil, MsgPack, list, s)
		if fe := (*FieldError)(nil); !errors.As(err, &fe) || fe.Field != "parts[1].name" {
			t.Errorf("%s: %v", shape, err)
		}
	}
}

func TestStringsOfAnyLengthAreWrittenAsOthersReadThem(t *testing.T) {
	t.Parallel()
	names := []string{"a", "a name of 15 by", "a name of 16 byt"}
	var fields []Field[string]
	for _, name := range names {
		fields = append(fields, Text(name, 200, func(s *string) *string { return s }).Always())
	}
	table := MapOf(fields...)
	check := func(s, want string) {
		for format, unmarshal := range map[Format]func([]byte, any) error{
			MsgPack: func(b []byte, v any) error { return msgpack.Unmarshal(b, v) }, JSON: json.Unmarshal,
		} {
			payload, err := Append([]byte("before"), format, table, &s)
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]string
			if err := unmarshal(payload[len("before"):], &got); err != nil {
				t.Fatalf("%v: %q", err, payload)
			}
			if diff := cmp.Diff(map[string]string{names[0]: want, names[1]: want, names[2]: want}, got); diff != "" {
				t.Error(diff)
			}
		}
	}
	for n := range 70 {
		text := strings.Repeat("abcdefghijk", 7)[:n]
		check(text, text)
		for at := range n {
			check(text[:at]+"é"+text[at:], text[:at]+"é"+text[at:])
			check(text[:at]+"\xff"+text[at:], text[:at]+"\uFFFD"+text[at:])
			check(text[:at]+"\"\\\x7f\n\x00"+text[at:], text[:at]+"\"\\\x7f\n\x00"+text[at:])
		}
	}
}

// Also where integers have 32 bits.
func TestAValueThatClaimsMoreThanThereIsEndsNowhere(t *testing.T) {
	for name, payload := range map[string]string{
		"a list of 2^32-1": "\xdd\xff\xff\xff\xff", "a map of 2^32-1": "\xdf\xff\xff\xff\xff", "a map of 2^31": "\xdf\x80\x00\x00\x00",
		"a list in a list": "\x92\xdd\x00\x00\x00\x02\xc0\xc0", "a string of 2^32-1": "\xdb\xff\xff\xff\xff", "an extension of 2^32-1": "\xc9\xff\xff\xff\xff\x01",
	} {
		if end := valueEnd([]byte(payload), 0); end != -1 {
			t.Errorf("%s: at %d", name, end)
		}
	}
}

package messages

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"
)

// unchecked returns the payload of a change as reflection writes it by its tags, within bounds or not.
func unchecked(c *Changed, f Format) ([]byte, error) {
	marshal, unmarshal := msgpack.Marshal, msgpack.Unmarshal
	if f == JSON {
		marshal, unmarshal = json.Marshal, func(text []byte, v any) error {
			d := json.NewDecoder(bytes.NewReader(text))
			d.UseNumber()
			return d.Decode(v)
		}
	}
	transitions := make([]map[string]any, len(c.Transitions))
	for i, t := range c.Transitions {
		text, err := marshal(t.Item)
		if err == nil {
			err = unmarshal(text, &transitions[i])
		}
		if err != nil {
			return nil, err
		}
		transitions[i]["from"], transitions[i]["to"] = t.From, t.State
	}
	return marshal(struct {
		Head
		Transitions []map[string]any `json:"transitions" msgpack:"transitions"`
	}{c.Head, transitions})
}

// placesIn returns the values within a change that can be set to others.
func placesIn(v reflect.Value) (all []reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			all = placesIn(v.Elem())
		}
		return all
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, placesIn(v.Index(i))...)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			break
		}
		for i := range v.NumField() {
			all = append(all, placesIn(v.Field(i))...)
		}
		return all
	}
	return append(all, v)
}

// The bounds that there are of strings and lists; and numbers and years about those that there are.
var (
	textBounds = []int{MaxHostBytes, MaxStringBytes, maxPatchBytes, maxRuleBytes}
	listBounds = []int{maxCounts, maxConditions}
	numbers    = []int64{math.MinInt64, -1, 0, 1, math.MaxInt64}
	years      = []time.Time{
		{}, time.Unix(-62135596801, 999_999_999).UTC(), time.Unix(-62135596800, 1).UTC(), time.Unix(0, 0).UTC(),
		time.Unix(253402300799, 999_999_999).UTC(), time.Unix(253402300800, 0).UTC(),
	}
)

// about returns the sizes at a bound, one less, and one beyond it.
func about(bounds []int) (sizes []int) {
	for _, n := range bounds {
		sizes = append(sizes, n-1, n, n+1)
	}
	return sizes
}

// textsAbout returns strings that take as many bytes in a payload as each bound, or one more, of which some are not UTF-8 here.
func textsAbout(bounds []int) (texts []string) {
	for _, bound := range bounds {
		for _, n := range []int{bound, bound + 1} {
			texts = append(texts, strings.Repeat("x", n), strings.Repeat("\xff", n/3)+strings.Repeat("x", n%3))
		}
	}
	return texts
}

// valuesFor returns values that may be out of the bounds of a place.
func valuesFor(place reflect.Value) (values []any) {
	switch {
	case place.Type() == reflect.TypeFor[time.Time]():
		return anys(years)
	case place.Type() == reflect.TypeFor[Counts]():
		for _, n := range about(listBounds) {
			counts := Counts{}
			for i := range n {
				counts[fmt.Sprint(i)] = i
			}
			values = append(values, counts)
		}
		for _, n := range about([]int{MaxStringBytes}) {
			values = append(values, Counts{"a": math.MinInt, strings.Repeat("x", n): math.MaxInt})
		}
		return append(values, Counts(nil), Counts{"\xff": 1, "\xfe": 2}, Counts{"\xff": 1, "\uFFFD": 2}, Counts{"\xff": 1, "x": 2})
	case place.Kind() == reflect.String:
		return anys(textsAbout(textBounds))
	case place.Kind() == reflect.Int || place.Kind() == reflect.Uint64:
		return anys(numbers)
	case place.Kind() == reflect.Slice:
		for _, n := range append(about(listBounds), 0) {
			values = append(values, reflect.MakeSlice(place.Type(), n, n).Interface())
		}
	}
	return values
}

func anys[V any](list []V) (all []any) {
	for _, v := range list {
		all = append(all, v)
	}
	return all
}

// put sets a place to a value of about its type.
func put(place reflect.Value, v any) { place.Set(reflect.ValueOf(v).Convert(place.Type())) }

// checkSameBounds holds that a change is written if and only if it would be read, and that both name the same field.
func checkSameBounds(c *Changed) error {
	c.V = SchemaVersion // which is written, whatever it says there
	for format := range Format(2) {
		enc := Encoding{ContentType: format.ContentType()}
		payload, err := EncodeChange(c, format)
		read := err
		if text, failed := unchecked(c, format); failed == nil { // the other writer has bounds, too: of years
			_, read = DecodeChanged(text, enc)
		}
		var writes, reads *FieldError
		if errors.As(err, &writes) != errors.As(read, &reads) || err != nil && writes.Field != reads.Field {
			return fmt.Errorf("%s: written: %v; read: %v", enc.ContentType, err, read)
		}
		if err == nil {
			_, err = DecodeChanged(payload, enc)
			if err != nil {
				return fmt.Errorf("%s: what was written cannot be read: %w", enc.ContentType, err)
			}
		}
	}
	return nil
}

// whole is a change with something in each place.
func whole() *Changed {
	return &Changed{
		Head: Head{
			Host: "h", ID: "i", Revision: 1, Counts: Counts{}, Conditions: make([]Condition, 1), ConditionsFrom: make([]string, 1),
			Status: StatusChange{Reasons: make([]string, 1)}, Run: &RunSummary{ExitCode: new(0), Succeeded: new(true)},
		},
		Transitions: []Transition{{}, {Item: Item{Reason: Reason{
			Matched: &Matched{Rule: new(0), Entry: new(0)}, Stopped: &Stopped{Rule: new(0), Entry: new(0)}, Outcome: new(OutcomeReason),
			Reboot: new(RebootReason), Override: new(OverrideReason), Compared: make([]string, 2), Invalid: make([]InvalidVersion, 1),
			Notices: []Notice{{CVEs: make([]string, 1), Aliases: make([]string, 1)}},
		}}}},
	}
}

func TestAChangeIsWrittenIfAndOnlyIfItWouldBeRead(t *testing.T) {
	t.Parallel()
	c := whole()
	if err := checkSameBounds(c); err != nil {
		t.Fatal(err)
	}
	for _, place := range placesIn(reflect.ValueOf(c)) {
		was := reflect.New(place.Type()).Elem()
		was.Set(place)
		for _, v := range valuesFor(place) {
			put(place, v)
			if err := checkSameBounds(c); err != nil {
				t.Error(err)
			}
		}
		place.Set(was)
	}
}

// checkBoundsOfAny does so for any change of which one value may be out of its bounds.
func checkBoundsOfAny(t *rapid.T) {
	c := anyChanged.Draw(t, "change")
	place := rapid.SampledFrom(placesIn(reflect.ValueOf(c))).Draw(t, "place")
	if values := valuesFor(place); len(values) > 0 {
		put(place, rapid.SampledFrom(values).Draw(t, "value"))
	}
	if err := checkSameBounds(c); err != nil {
		t.Fatal(err)
	}
}

func TestAnyChangeIsWrittenIfAndOnlyIfItWouldBeRead(t *testing.T) {
	rapid.Check(t, checkBoundsOfAny)
}

func FuzzEncodeChange(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(checkBoundsOfAny))
}

func TestAChangeKeepsToTheBoundsThatItsListsShare(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		field string
		edit  func(r *Reason, n int)
	}{
		"strings": {"transitions[1].reason.compared", func(r *Reason, n int) { r.Compared = make([]string, n) }},
		"records": {"transitions[1].reason.invalid", func(r *Reason, n int) { r.Invalid = make([]InvalidVersion, n) }},
	} {
		t.Run(name, func(t *testing.T) {
			c := &Changed{Head: Head{Host: "h", ID: "i", Revision: 1}, Transitions: make([]Transition, 2)}
			c.Transitions[0].Reason.Compared = make([]string, MaxListItems-2)
			tt.edit(&c.Transitions[1].Reason, 2)
			payload, err := EncodeChange(c, MsgPack)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := DecodeChanged(payload, Encoding{}); err != nil {
				t.Fatal(err)
			}
			tt.edit(&c.Transitions[1].Reason, 3)
			_, err = EncodeChange(c, MsgPack)
			refused(t, err, tt.field, "is beyond 2000000 elements")
		})
	}
}

func TestAChangeIsNoLargerThanAnyPayload(t *testing.T) {
	t.Parallel()
	c := &Changed{Head: Head{Host: "h", ID: "i", Revision: 1}, Transitions: make([]Transition, MaxDecompressedBytes/maxRuleBytes)}
	for i := range c.Transitions {
		c.Transitions[i].Reason.Matched = &Matched{Text: strings.Repeat("x", maxRuleBytes)}
	}
	_, err := EncodeChange(c, MsgPack)
	refused(t, err, "payload", "is larger than")
}

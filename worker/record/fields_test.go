package record

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// fill sets everything that v has, to something else each time.
func fill(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(path)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(len(path)))
	case reflect.Uint64:
		v.SetUint(uint64(len(path)))
	case reflect.Uint8:
		v.SetUint(uint64(len(path) % 100))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), path)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), path)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, path)
		fill(value, path)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(now.UTC().Add(time.Duration(len(path)))))
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				fill(v.Field(i), path+"."+f.Name)
			}
		}
	}
}

// Whoever adds something to facts or reports adds it to the tables.
func TestEverythingThatFactsAndReportsHaveIsStored(t *testing.T) {
	want := new(Record)
	fill(reflect.ValueOf(want).Elem(), "r")
	full, report := want.Facts.Full, want.Report
	for _, override := range want.Facts.Overrides {
		want.Facts.Overrides = map[string]classify.OverrideFact{override.Override.Patch: override}
	}
	// This stands elsewhere, or is nothing that is kept.
	for _, fact := range []*classify.ScanFact{full, want.Facts.Unchanged, want.Facts.Incomplete} {
		fact.Scan.Packages, fact.Scan.Advisories = nil, nil
	}
	want.Outbox = outbox(t, &messages.Changed{Head: messages.Head{V: 1, ID: "i/web-1/1", Host: "web-1", Revision: 1, ConditionsFrom: []string{}}})
	want.full, report.Kept, report.Patches, report.Rest = &fullScan{of: full, stored: true}, true, nil, nil
	text, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(text.Text)
	if err != nil {
		t.Fatal(err)
	}
	all := cmp.Options{cmpopts.IgnoreUnexported(Record{}, classify.Facts{}), cmp.AllowUnexported(Outbox{})}
	if diff := cmp.Diff(want, got, all); diff != "" {
		t.Errorf("(-stored +read):\n%s", diff)
	}
}

func TestEverythingThatHeadersHaveIsStored(t *testing.T) {
	var summary Summary
	fill(reflect.ValueOf(&summary).Elem(), "s")
	text, err := summary.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseSummary(text); err != nil || !cmp.Equal(summary, got) {
		t.Errorf("%v (-written +read):\n%s", err, cmp.Diff(summary, got))
	}
	var left Pending
	fill(reflect.ValueOf(&left).Elem(), "p")
	if text, err = left.encode(); err != nil {
		t.Fatal(err)
	}
	if got, ok := parsePending(text); !ok || got != left {
		t.Errorf("%t (-written +read):\n%s", ok, cmp.Diff(left, got))
	}
}

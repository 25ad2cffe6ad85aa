package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/patchstream/patchstream/messages"
)

// MaxBytes bounds the JSON of a baseline.
const MaxBytes = 1 << 20

// byteOrderMark is what some editors begin a file with.
const byteOrderMark = "\ufeff"

// Parse reads a baseline as `aws ssm get-patch-baseline` prints it and
// `aws ssm create-patch-baseline --cli-input-json` takes it. A field that is none of AWS's is a warning; one that
// decides about no package, such as the dates, epoch or ISO, is left alone. An unknown value of an enum, a rule
// without a filter group, a field that is given twice, or text that is no JSON is a [*messages.FieldError]; AWS's
// limits are warnings.
func Parse(text []byte) (*Baseline, error) {
	if len(text) > MaxBytes {
		return nil, &messages.FieldError{Field: "baseline", Problem: fmt.Sprintf("%d bytes, the bound is %d", len(text), MaxBytes)}
	}
	text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, &messages.FieldError{Field: "baseline", Problem: "is empty; `aws ssm get-patch-baseline` prints one"}
	}
	if err := CheckLanguage(text); err != nil {
		return nil, err
	}
	var b Baseline
	dec := json.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&b); err != nil {
		return nil, jsonError(text, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, &messages.FieldError{Field: "baseline", Problem: "something follows the JSON object" + position(text, dec.InputOffset())}
	}
	if err := findDuplicate(text); err != nil {
		return nil, err
	}
	if !resemblesBaseline(text) {
		return nil, &messages.FieldError{Field: "baseline", Problem: "has no field of a patch baseline; `aws ssm get-patch-baseline` prints one"}
	}
	if err := b.validate(); err != nil {
		return nil, err
	}
	b.Warnings = append(unknownFields(text), b.warnings()...)
	return &b, nil
}

// resemblesBaseline reports whether text has a field by which a baseline can be told. Some other JSON, such as
// a scan, would otherwise pass for a baseline that approves nothing, and its hosts for compliant.
func resemblesBaseline(text []byte) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil {
		return false
	}
	for _, known := range []string{
		"BaselineId", "Name", "OperatingSystem", "ApprovalRules", "ApprovedPatches", "RejectedPatches", "GlobalFilters",
	} {
		if _, ok := fields[known]; ok {
			return true
		}
	}
	return false
}

// jsonError turns an error of encoding/json into one that names the field, or the line and column.
func jsonError(text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return &messages.FieldError{Field: kind.Field, Problem: fmt.Sprintf("%s does not fit here, want %s", kind.Value, jsonName(kind.Type.Kind().String())) + position(text, kind.Offset)}
	case errors.As(err, &kind):
		return &messages.FieldError{Field: "baseline", Problem: fmt.Sprintf("is a JSON %s, want an object", kind.Value)}
	case errors.As(err, &syntax):
		return &messages.FieldError{Field: "baseline", Problem: "not JSON" + position(text, syntax.Offset) + ": " + syntax.Error()}
	}
	return &messages.FieldError{Field: "baseline", Problem: "not JSON: it ends too early"}
}

func jsonName(kind string) string {
	switch kind {
	case "bool":
		return "true or false"
	case "slice":
		return "a list"
	case "struct", "map":
		return "an object"
	case "float64", "int":
		return "a number"
	}
	return "a " + kind
}

func position(text []byte, offset int64) string {
	before := text[:max(0, min(int(offset)-1, len(text)))]
	line := 1 + bytes.Count(before, []byte{'\n'})
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Sprintf(" (line %d, column %d)", line, column)
}

package windows

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// FieldError says which field of a dump cannot be read, and why.
type FieldError struct{ Field, Problem string }

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// reader goes through a dump and keeps the first error.
type reader struct {
	err   *FieldError
	items int // elements of all lists
}

// maxItems bounds all lists of a dump together.
const maxItems = 500_000

// node is a value of the dump and where it stands.
type node struct {
	r     *reader
	path  string
	value any // as encoding/json has it, numbers as json.Number
}

func (n node) fail(format string, args ...any) {
	if n.r.err == nil {
		n.r.err = &FieldError{n.path, fmt.Sprintf(format, args...)}
	}
}

func (n node) at(name string) string {
	if n.path == "" {
		return name
	}
	return n.path + "." + name
}

// field returns a member of an object; one that is not there is nil. Names are compared as PowerShell does, in any case.
func (n node) field(name string) node {
	f := node{n.r, n.at(name), nil}
	object, ok := n.value.(map[string]any)
	if !ok {
		if n.value != nil {
			n.fail("%s where an object belongs%s", kindOf(n.value), depthHint(n.value))
		}
		return f
	}
	if value, ok := object[name]; ok {
		f.value = value
		return f
	}
	for key, value := range object { // no two keys of a PowerShell object differ in case alone
		if strings.EqualFold(key, name) {
			f.value = value
			return f
		}
	}
	return f
}

// object insists that the value is one.
func (n node) object() node {
	if _, ok := n.value.(map[string]any); !ok {
		n.fail("%s where an object belongs%s", kindOf(n.value), depthHint(n.value))
	}
	return n
}

// depthHint tells of what ConvertTo-Json does with what lies deeper than it was told to go.
func depthHint(value any) string {
	if s, ok := value.(string); ok && (strings.HasPrefix(s, "@{") || strings.HasPrefix(s, "System.")) {
		return ": give ConvertTo-Json -Depth 10"
	}
	return ""
}

// list returns the elements of a list. ConvertTo-Json unrolls a list of one element to that element, and one of none to
// null, where a script lets it; and Windows PowerShell writes some lists as {"value": […], "Count": n}.
func (n node) list() []node {
	var values []any
	switch v := n.value.(type) {
	case nil:
		return nil
	case []any:
		values = v
	case map[string]any:
		if inner, ok := v["value"].([]any); ok && v["Count"] != nil {
			values = inner
		} else {
			values = []any{v}
		}
	default:
		values = []any{v}
	}
	if n.r.items += len(values); n.r.items > maxItems {
		n.fail("more than %d elements in all lists of the dump", maxItems)
		return nil
	}
	nodes := make([]node, len(values))
	for i, v := range values {
		nodes[i] = node{n.r, fmt.Sprintf("%s[%d]", n.path, i), v}
	}
	return nodes
}

// text returns a text; absent, null and numbers are texts too.
func (n node) text() string {
	switch v := n.value.(type) {
	case nil:
		return ""
	case string:
		if len(v) > messages.MaxStringBytes {
			n.fail("a text of %d bytes, the bound is %d", len(v), messages.MaxStringBytes)
		}
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	}
	n.fail("%s where a text belongs", kindOf(n.value))
	return ""
}

// texts returns the texts of a list, each once, without empty ones.
func (n node) texts() []string {
	var all []string
	seen := make(map[string]bool)
	for _, e := range n.list() {
		if t := e.text(); t != "" && !seen[t] {
			seen[t] = true
			all = append(all, t)
		}
	}
	return all
}

// flag returns a bool, and nil where it is not told.
func (n node) flag() *bool {
	switch v := n.value.(type) {
	case nil:
		return nil
	case bool:
		return &v
	case json.Number:
		if v == "0" || v == "1" || v == "-1" { // VARIANT_TRUE is -1
			return new(v != "0")
		}
	case string:
		if b, err := strconv.ParseBool(strings.ToLower(v)); err == nil {
			return &b
		}
	}
	n.fail("%s where true or false belongs", kindOf(n.value))
	return nil
}

func (n node) isTrue() bool {
	b := n.flag()
	return b != nil && *b
}

// number returns a whole number, 0 where it is not told. Codes of errors may be texts, as 0x80240438.
func (n node) number() int64 {
	var text string
	switch v := n.value.(type) {
	case nil:
		return 0
	case json.Number:
		text = v.String()
	case string:
		text = strings.TrimSpace(v)
	default:
		n.fail("%s where a number belongs", kindOf(n.value))
		return 0
	}
	if i, err := strconv.ParseInt(text, 0, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	n.fail("%.64q where a whole number belongs", text)
	return 0
}

// code returns an HRESULT, which PowerShell writes as a signed number.
func (n node) code() uint32 {
	i := n.number()
	if i < math.MinInt32 || i > math.MaxUint32 {
		n.fail("%d is no HRESULT", i)
	}
	return uint32(i)
}

// when returns a time, zero where it is not told. Of the update agent's own "never" (1899) and "long ago" (1970) it is zero too.
func (n node) when() time.Time {
	if object, ok := n.value.(map[string]any); ok { // Windows PowerShell: a date with properties added to it
		if value, ok := object["value"]; ok {
			n.value = value
		} else if value, ok := object["DateTime"]; ok {
			n.value = value
		}
	}
	text := n.text()
	if text == "" {
		return time.Time{}
	}
	t, ok := parseTime(text)
	if !ok {
		n.fail("%.64q is no time: write it as 2026-11-20T10:00:00Z", text)
		return time.Time{}
	}
	if t.Before(messages.OldestTime()) || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "nothing"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}

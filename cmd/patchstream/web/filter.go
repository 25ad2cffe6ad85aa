package web

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// FilterNames are the parameters that say which hosts are meant, as [ReadFilter] reads them.
func FilterNames() (names []string) {
	for field := range reflect.TypeFor[FilterParams]().Fields() {
		names = append(names, field.Tag.Get("query"))
	}
	return names
}

// ReadFilter reads which hosts are meant from the parameters of an address, as the API reads them; of a list, several values may also come
// one by one, as a form sends them. What is empty is not said. What is wrong is a [*messages.FieldError]; other parameters are not looked at.
func ReadFilter(v url.Values, scope []string, now time.Time) (query.Filter, error) {
	p := FilterParams{
		Group: listOf[string](v, "group"), System: listOf[string](v, "system"), Baseline: listOf[string](v, "baseline"),
		Status: listOf[statusWord](v, "status"), Condition: listOf[conditionWord](v, "condition"), Level: listOf[levelWord](v, "level"), State: listOf[stateWord](v, "state"),
		Host: v.Get("host"), Missing: v.Get("missing"), Package: v.Get("package"), Version: v.Get("version"), VersionBelow: v.Get("version_below"), Knows: v.Get("knows"), Notice: v.Get("notice"),
		SilentFor: ageText(v.Get("silent_for")), OlderThan: ageText(v.Get("older_than")), Since: timeText(v.Get("since")), Outdated: v.Get("outdated") == "true",
	}
	for _, check := range []error{
		known("status", p.Status, statusWord("").Schema(nil)), known("level", p.Level, levelWord("").Schema(nil)),
		known("state", p.State, stateWord("").Schema(nil)), known("condition", p.Condition, conditionWord("").Schema(nil)),
	} {
		if check != nil {
			return query.Filter{}, check
		}
	}
	return p.filter(scope, now)
}

func listOf[S ~string](v url.Values, name string) (list []S) {
	for _, value := range v[name] {
		for one := range strings.SplitSeq(value, ",") {
			if one != "" {
				list = append(list, S(one))
			}
		}
	}
	return list
}

// known refuses words that are none of those that there are.
func known[S ~string](name string, words []S, schema *huma.Schema) error {
	for _, w := range words {
		if !slices.Contains(schema.Enum, any(string(w))) {
			return &messages.FieldError{Field: "query." + name, Problem: fmt.Sprintf("unknown value %q: the values are %s", w, strings.Trim(fmt.Sprint(schema.Enum), "[]"))}
		}
	}
	return nil
}

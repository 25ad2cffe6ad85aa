package classify

import (
	"slices"
	"strings"

	"github.com/patchstream/patchstream/classify/baseline"
)

// filters are the compiled filters of one group, one for each key that means something to the family: a version must
// pass all of them. A key that is given twice counts as its last filter says.
type filters []filter

type filter struct {
	key    string
	values []string
	text   string // the values as written, for people
	many   bool   // it is asked of all values that a notice has, and one has to fit
}

func compileFilters(g baseline.FilterGroup, of *family) filters {
	var fs filters
	for _, key := range of.FilterKeys {
		for i := len(g.PatchFilters) - 1; i >= 0; i-- {
			f := g.PatchFilters[i]
			if f.Key != key {
				continue
			}
			if !slices.Contains(f.Values, "*") {
				fs = append(fs, of.filter(&f))
			}
			break
		}
	}
	return fs
}

func (f *family) filter(of *baseline.Filter) filter {
	return filter{of.Key, f.values(of.Key, of.Values), shortened(strings.Join(of.Values, " ")), slices.Contains(f.many, of.Key)}
}

// compileRule adds to the filters of a rule what it asks for without saying so.
func compileRule(g baseline.FilterGroup, of *family) filters {
	fs := compileFilters(g, of)
	says := func(f baseline.Filter) bool { return f.Key == of.unsaid.Key }
	if of.unsaid.Key != "" && !slices.ContainsFunc(g.PatchFilters, says) {
		fs = append(fs, of.filter(&of.unsaid))
	}
	return fs
}

// values are those of a filter, equal ones as one.
func (f *family) values(key string, values []string) []string {
	same := make([]string, 0, len(values))
	for _, value := range values {
		same = append(same, f.value(key, value))
	}
	return same
}

// valued is what filters are asked of beside the product: a version of apt, a notice. Values are those of a key of which
// there may be several.
type valued interface {
	value(key string) string
	values(key string) []string
}

// refuses returns the first filter that does not accept v of a host with that product, and what v has there;
// nil where all accept it.
func (fs filters) refuses(product string, v valued) (*filter, string) {
	for i := range fs {
		if fs[i].many {
			has := v.values(fs[i].key)
			if !slices.ContainsFunc(has, func(value string) bool { return containsFold(fs[i].values, value) }) {
				return &fs[i], shortened(strings.Join(has, ", "))
			}
			continue
		}
		value := product
		if fs[i].key != "PRODUCT" {
			value = v.value(fs[i].key)
		}
		if !containsFold(fs[i].values, value) {
			return &fs[i], value
		}
	}
	return nil, ""
}

// refuseProduct reports whether a filter on the product refuses the host's.
func (fs filters) refuseProduct(product string) bool {
	return slices.ContainsFunc(fs, func(f filter) bool { return f.key == "PRODUCT" && !f.many && !containsFold(f.values, product) })
}

// maxDescribed bounds the text by which a rule or a filter is quoted in reasons.
const maxDescribed = 1 << 10

// shortened cuts a text to maxDescribed bytes.
func shortened(s string) string {
	if len(s) <= maxDescribed {
		return s
	}
	return strings.ToValidUTF8(s[:maxDescribed], "") + " …"
}

// describe prints a rule's filters for people: PRIORITY in Required Important.
func (fs filters) describe() string {
	var parts []string
	for _, f := range fs {
		parts = append(parts, f.key+" in "+f.text)
	}
	if len(parts) == 0 {
		return "every package"
	}
	return shortened(strings.Join(parts, ", "))
}

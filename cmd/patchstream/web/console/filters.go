package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// field is a parameter of an address as a form has it.
type field struct {
	Name, Label, Hint string
	Value             string
	Options           []option // of a choice; nil: a text
}

type option struct {
	Value, Word string
	On          bool
}

// filterForm is the filters of a list of hosts: those of its address, and all that could be asked for.
type filterForm struct {
	Search  []field // texts
	Choices []field
	Keep    []field // what the form has no field for, and keeps
	Active  []active
	Clear   string // address without any; empty: there is none
}

// active is a filter that is set, and the address without it.
type active struct{ Name, Value, Without string }

// texts are the filters that are written, and what each asks.
func texts() []field {
	return []field{
		{Name: "host", Label: "Host", Hint: "part of a name"}, {Name: "missing", Label: "Lacks", Hint: "package or patch"},
		{Name: "knows", Label: "Package", Hint: "installed or missing"}, {Name: "notice", Label: "CVE or notice", Hint: "CVE-2026-1234"},
	}
}

// formOf makes the form of an address. Names say what is asked for besides: of an order, a page.
func (c *console) formOf(r *http.Request, scope []string, names ...string) (*filterForm, error) {
	facets, err := c.facets.get(r.Context(), scope)
	if err != nil {
		return nil, err
	}
	v := r.URL.Query()
	f := &filterForm{
		Search: texts(),
		Choices: []field{
			choice("status", "Status", v, messages.NonCompliant, messages.Unknown, messages.Compliant, messages.Retired),
			choice("condition", "Condition", v, classify.Conditions()...), choice("level", "Level", v, messages.Levels()...), choice("state", "Has a patch", v, messages.States()...),
			named("group", "Group", v, facets.groups), named("system", "System", v, facets.systems), named("baseline", "Baseline", v, facets.baselines),
		},
	}
	known := slices.Clone(names)
	for i := range f.Search {
		f.Search[i].Value = v.Get(f.Search[i].Name)
		known = append(known, f.Search[i].Name)
	}
	for _, c := range f.Choices {
		known = append(known, c.Name)
	}
	for _, name := range sortedNames(v) {
		value := strings.Join(v[name], ",")
		if value == "" || name == "cursor" {
			continue
		}
		if !slices.Contains(known, name) || name == "sort" {
			f.Keep = append(f.Keep, field{Name: name, Value: value})
		}
		if !slices.Contains(names, name) {
			f.Active = append(f.Active, active{word(name), wordsOf(name, value), here(r, map[string]string{name: ""})})
		}
	}
	if len(f.Active) > 0 {
		f.Clear = r.URL.EscapedPath()
	}
	return f, nil
}

func sortedNames(v url.Values) []string {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// wordsOf writes the value of a filter for people.
func wordsOf(name, value string) string {
	switch name {
	case "status", "condition", "level", "state":
		list := strings.Split(value, ",")
		for i := range list {
			list[i] = word(list[i])
		}
		return strings.Join(list, " or ")
	}
	return strings.ReplaceAll(value, ",", " or ")
}

// choice is a filter with the words that it may be.
func choice[S ~string](name, label string, v url.Values, words ...S) field {
	options := make([]option, 0, len(words))
	for _, w := range words {
		options = append(options, option{Value: string(w), Word: word(w)})
	}
	return chosen(field{Name: name, Label: label, Options: options}, v)
}

// named is a filter with names that hosts have.
func named(name, label string, v url.Values, names []string) field {
	options := make([]option, 0, len(names))
	for _, n := range names {
		options = append(options, option{Value: n, Word: n})
	}
	return chosen(field{Name: name, Label: label, Options: options}, v)
}

// chosen marks what an address has. Several at once, or one that is not offered, are an option of their own.
func chosen(f field, v url.Values) field {
	f.Value = strings.Join(v[f.Name], ",")
	if f.Value == "" {
		return f
	}
	i := slices.IndexFunc(f.Options, func(o option) bool { return o.Value == f.Value })
	if i < 0 {
		f.Options, i = slices.Insert(f.Options, 0, option{Value: f.Value, Word: wordsOf(f.Name, f.Value)}), 0
	}
	f.Options[i].On = true
	return f
}

// facets are what the hosts of a scope have to choose from.
type facets struct {
	groups, systems, baselines []string
	at                         time.Time
}

const (
	facetsFresh  = 15 * time.Second
	facetsScopes = 64
	facetsMost   = 500 // of each: more are no choice any more; an address may name any
)

// facetCache keeps the facets of each scope for a moment. Safe for concurrent use.
type facetCache struct {
	index *query.Index
	now   func() time.Time

	mu   sync.Mutex
	kept map[string]facets // by scope
}

func (c *facetCache) get(ctx context.Context, scope []string) (facets, error) {
	key := scopeKey(scope)
	c.mu.Lock()
	kept, known := c.kept[key]
	c.mu.Unlock()
	if known && c.now().Sub(kept.at) < facetsFresh {
		return kept, nil
	}
	made := facets{at: c.now()}
	for by, into := range map[string]*[]string{query.SummaryByGroup: &made.groups, query.SummaryBySystem: &made.systems, query.SummaryByBaseline: &made.baselines} {
		s, err := c.index.Summary(ctx, by, query.Filter{Scope: scope})
		if err != nil {
			return facets{}, err
		}
		slices.SortStableFunc(s.Rows, func(a, b query.SummaryRow) int { return b.Hosts - a.Hosts })
		for _, row := range s.Rows[:min(len(s.Rows), facetsMost)] {
			if row.Key != "" {
				*into = append(*into, row.Key)
			}
		}
		slices.SortFunc(*into, cmp.Compare[string])
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) >= facetsScopes {
		clear(c.kept)
	}
	c.kept[key] = made
	return made, nil
}

// scopeKey tells scopes apart.
func scopeKey(scope []string) string {
	if scope == nil {
		return "all"
	}
	return "of " + strings.Join(slices.Sorted(slices.Values(scope)), "\x00")
}

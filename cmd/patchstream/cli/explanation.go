package cli

import (
	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/explain"
)

// explanationJSON is an item with its reason in words.
type explanationJSON struct {
	Host string `json:"host"`
	classify.Item
	Sentences   []string `json:"sentences"`
	Next        string   `json:"next"`
	WouldChange []string `json:"would_change"`
}

func (a *app) explain(r *classify.Report, item *classify.Item, out *oneOf) error {
	e := explain.Item(r, item)
	if out.json() {
		return a.json(explanationJSON{
			Host: r.Host, Item: *item, Sentences: append([]string{}, e.Sentences...), Next: e.Next,
			WouldChange: append([]string{}, e.WouldChange...),
		})
	}
	a.printf("%s  %s  %s\n", a.paint.bold(plain(item.Patch)+" on "+plain(r.Host)), a.paint.state(item.State), a.paint.level(item.Level))
	for _, s := range e.Sentences {
		a.printf("  %s\n", a.wrap(plain(s), "  "))
	}
	if e.Next != "" {
		a.printf("\n%s\n  %s\n", a.paint.bold("Next step"), a.wrap(plain(e.Next), "  "))
	}
	if len(e.WouldChange) > 0 {
		a.printf("\n%s\n", a.paint.bold("What would change it"))
	}
	for _, s := range e.WouldChange {
		a.printf("  - %s\n", a.wrap(plain(s), "    "))
	}
	return nil
}

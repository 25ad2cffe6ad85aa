package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/worker/baselines"
)

// baselineJSON is a baseline in the list.
type baselineJSON struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	OS       string     `json:"os"`       // empty: any
	Revision uint64     `json:"revision"` // 0: built in
	StoredAt *time.Time `json:"stored_at,omitempty"`
	Builtin  bool       `json:"builtin"`
	Readable bool       `json:"readable"`
	Bound    []string   `json:"bound"`
	Warnings []string   `json:"warnings"`
	rules    int
}

func (a *app) baselineListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the stored and the built-in baselines, and what they apply to",
		Example: "  patchstream baseline list",
		Args:    takes(0, 0),
	}
	out := addOutput(cmd)
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.store(cmd.Context(), func(ctx context.Context, store *baselines.Store) error {
			stored, err := store.List(ctx)
			if err != nil {
				return err
			}
			library, err := store.Library(ctx)
			if err != nil {
				return err
			}
			list := append(storedList(stored), builtinList(library)...)
			if out.json() {
				return a.json(list)
			}
			a.baselines(list)
			return nil
		})
	}
	return cmd
}

func storedList(stored []baselines.Entry) []baselineJSON {
	list := make([]baselineJSON, 0, len(stored))
	for _, e := range stored {
		at := e.StoredAt.UTC()
		b := baselineJSON{ID: e.ID, Revision: e.Revision, StoredAt: &at, Bound: append([]string{}, e.Bound...), Warnings: []string{}}
		if e.Baseline != nil {
			b.describe(e.Baseline)
		}
		list = append(list, b)
	}
	return list
}

// builtinList says of the built-in baselines what they apply to: a system that has no other default, or what an
// operator bound them to.
func builtinList(l *classify.Library) []baselineJSON {
	var list []baselineJSON
	for _, built := range baseline.Builtins() {
		b := baselineJSON{ID: built.Name, Builtin: true, Bound: []string{}, Warnings: []string{}}
		b.describe(built)
		if id, set := l.Defaults[built.OperatingSystem]; !set || id == built.Name {
			b.Bound = append(b.Bound, "default "+built.OperatingSystem)
		}
		for key, id := range l.Groups {
			if id == built.Name {
				b.Bound = append(b.Bound, "group "+key.Group+" on "+key.System)
			}
		}
		list = append(list, b)
	}
	return list
}

func (b *baselineJSON) describe(of *baseline.Baseline) {
	b.Readable, b.Name, b.OS, b.rules = true, of.Name, of.OperatingSystem, len(of.ApprovalRules.PatchRules)
	b.Warnings = append(b.Warnings, of.Warnings...)
}

func (a *app) baselines(list []baselineJSON) {
	g := &grid{head: []string{"BASELINE", "OS", "REVISION", "STORED", "RULES", "WARNINGS", "APPLIES TO"}, numbers: []int{3, 5, 6}}
	for _, b := range list {
		revision, stored, rules := "built in", none, strconv.Itoa(b.rules)
		if !b.Builtin {
			revision, stored = strconv.FormatUint(b.Revision, 10), clock(*b.StoredAt)
		}
		if !b.Readable {
			rules = a.paint.red("cannot be read")
		}
		system := b.OS
		if system == "" {
			system = "any"
		}
		g.add(plain(b.ID), system, revision, stored, rules, a.number(len(b.Warnings)), plain(orNone(strings.Join(b.Bound, ", "))))
	}
	a.grid(g)
}

package rpm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/patchstream/patchstream/publisher/host"
)

// foresee asks what the command would do: the system's own manager, in the directory and the environment in which the
// command's would work. What another program of that name does with such options, nobody knows. The plan stays nil where
// the manager makes none: it will say why once more when it is run.
func (w *watch) foresee(ctx context.Context) error {
	c := &w.call
	if !isPlanned(c.Argv) {
		return host.ErrNoPlan
	}
	name := filepath.Base(c.Argv[0])
	program, err := host.FindTool(name)
	if err != nil || !c.IsProgram(program) || isYum3(program) {
		return host.ErrNoPlan
	}
	tool := &host.Tool{
		Name: name, Args: asking(c.Argv), Timeout: host.TimeoutOr(w.runner.Timeout, DefaultTimeout), Locale: locale, Label: name, Dir: c.Path("."),
		Env: slices.Concat(c.Env, []string{"LANGUAGE=C"}),
	}
	w.foretold = &heard{}
	tool.Hear = func(line string) { _, _ = w.foretold.Write([]byte(line + "\n")) }
	whole := false
	var plan *host.Plan
	var readErr error
	err = tool.Run(ctx, func(r io.Reader) error {
		if isZypper(c.Argv) {
			plan, whole, readErr = parseZypperPlan(r, w.foretold)
		} else {
			plan, whole, readErr = parseDnfPlan(r)
		}
		return readErr
	})
	w.foretold.end()
	var refused *host.ExitError
	switch {
	case readErr != nil:
		return readErr
	case err != nil && !errors.As(err, &refused):
		return err
	case whole:
		w.plan = plan
	case len(w.foretold.errors) == 0:
		return fmt.Errorf("%s says neither what it would do nor why not", name)
	}
	return nil
}

// isYum3 tells whether a program is yum itself, and not dnf under its name.
func isYum3(program string) bool {
	target, err := filepath.EvalSymlinks(program)
	return err == nil && filepath.Base(target) == "yum"
}

// told is the plan as it is shown: with the versions that are installed, and why packages are left.
func (w *watch) told() *host.Plan {
	e := w.evidence
	e.after, e.good = e.before, true
	d := newDecider(&e)
	shown := &host.Plan{Steps: []host.Step{}}
	for _, id := range d.ids() {
		if s := d.steps[id]; s != nil {
			if all := e.before.packages[id]; len(all) > 0 && s.From == "" {
				s.From = all[0].evr
			}
			if s.Action == host.ActionKeep {
				s.Reason = d.keepReason(d.subject(id))
			}
			shown.Steps = append(shown.Steps, *s)
		}
	}
	return shown
}

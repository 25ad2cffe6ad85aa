package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/worker/baselines"
)

// baseline reads the baseline argument. Only a server that was named is asked for a stored one.
func (a *app) baseline(ctx context.Context, in *inputs, o *classifyOptions) (*baseline.Baseline, error) {
	arg := o.baseline
	if arg == "" {
		return nil, usagef("--baseline is missing: give a file, -, or a built-in one, such as %s", builtins()[0])
	}
	_, statErr := os.Stat(arg)
	isFile := arg == "-" || statErr == nil
	switch b := baseline.Builtin(arg); {
	case isFile:
		b, _, err := a.readBaseline(ctx, in, arg)
		return b, err
	case b != nil:
		return b, nil
	case o.connection.Named():
		b, err := storedBaseline(ctx, o.connection, arg)
		if err != nil {
			return nil, fmt.Errorf("--baseline %s is no file and no built-in one; as a stored one: %w", arg, err)
		}
		return b, nil
	}
	if near := nearest(arg, builtins(), 1); len(near) > 0 {
		return nil, fmt.Errorf("%s: no such file, and no built-in baseline of that name: did you mean %s?", arg, near[0])
	}
	return nil, fmt.Errorf("%s: no such file, and no built-in baseline of that name (\"patchstream classify --help\" has them): a stored one needs --server or NATS_URL", arg)
}

// readBaseline reads a baseline from a file, and warns of what has no effect in it.
func (a *app) readBaseline(ctx context.Context, in *inputs, file string) (b *baseline.Baseline, text []byte, err error) {
	name, text, err := in.read(ctx, file, maxBaselineBytes)
	if err != nil {
		return nil, nil, err
	}
	if err := baseline.CheckLanguage(text); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if _, err := documents(name, text); err != nil {
		return nil, nil, err
	}
	b, err = baseline.Parse(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, w := range b.Warnings {
		a.Warn("%s: %s", name, w)
	}
	return b, text, nil
}

func storedBaseline(ctx context.Context, c *dial.Target, id string) (b *baseline.Baseline, err error) {
	err = c.JetStream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		store, err := baselines.Open(ctx, js)
		if err != nil {
			return err
		}
		text, revision, err := store.Get(ctx, id)
		if errors.Is(err, baselines.ErrNoBaseline) {
			return noBaseline(ctx, shelfOfNATS{store: store}, id)
		}
		if err != nil {
			return err
		}
		if b, err = baseline.Parse(text); err != nil {
			return fmt.Errorf("baseline %s: %w", id, err)
		}
		b.BaselineID, b.Version = id, revision
		return nil
	})
	return b, err
}

func builtins() []string {
	var names []string
	for _, b := range baseline.Builtins() {
		names = append(names, b.Name)
	}
	return names
}

func readSettings(ctx context.Context, in *inputs, file string) (classify.Settings, error) {
	if file == "" {
		return classify.Settings{}, nil
	}
	name, text, err := in.read(ctx, file, maxSettingsBytes)
	if err != nil {
		return classify.Settings{}, err
	}
	if _, err := documents(name, text); err != nil {
		return classify.Settings{}, err
	}
	s, err := classify.ParseSettings(text)
	if err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

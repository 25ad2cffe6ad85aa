package classifytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// Case is one host.
type Case struct {
	Name     string
	Baseline *baseline.Baseline
	Events   []messages.Event
	Settings json.RawMessage // of case.json; {} where there is none
	Now      time.Time       // of case.json; 2026-11-20 11:00 UTC where there is none
}

// Host returns the host that all events are of.
func (c *Case) Host() string { return c.Events[0].HostName() }

// Cases returns the cases of a directory, which is testdata/classify, sorted by name.
func Cases(dir fs.FS) ([]Case, error) {
	files, err := fs.Glob(dir, "*/baseline.json")
	if err != nil {
		return nil, err
	}
	cases := make([]Case, len(files))
	for i, file := range files {
		if cases[i], err = read(dir, path.Dir(file)); err != nil {
			return nil, fmt.Errorf("case %s: %w", path.Dir(file), err)
		}
	}
	return cases, nil
}

func read(dir fs.FS, name string) (Case, error) {
	c := Case{Name: name, Settings: json.RawMessage(`{}`), Now: time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC)}
	text, err := fs.ReadFile(dir, path.Join(name, "baseline.json"))
	if err != nil {
		return c, err
	}
	if c.Baseline, err = baseline.Parse(text); err != nil {
		return c, err
	}
	if text, err = fs.ReadFile(dir, path.Join(name, "case.json")); err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	c.Events, err = events(dir, name)
	return c, err
}

func events(dir fs.FS, name string) ([]messages.Event, error) {
	var events []messages.Event
	for _, kind := range []messages.Kind{messages.KindScan, messages.KindRun, messages.KindOverride} {
		files, err := fs.Glob(dir, path.Join(name, string(kind)+"*.json"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := fs.ReadFile(dir, file)
			if err != nil {
				return nil, err
			}
			e, err := messages.Decode(kind, text, messages.Sniff(text))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path.Base(file), err)
			}
			events = append(events, e)
		}
	}
	if len(events) == 0 {
		return nil, errors.New("no events")
	}
	return events, nil
}

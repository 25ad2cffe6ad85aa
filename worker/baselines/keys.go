package baselines

import (
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// The keys of the bucket. What an operator names is written as [messages.KeyToken], but for hosts, whose names
// are legal in a key as they are.
const (
	prefixBaseline = "baseline."
	prefixGroup    = "group."
	prefixDefault  = "default."
	prefixHost     = "host."
	prefixTags     = "tags."
	keySettings    = "settings"
)

func baselineKey(id string) string    { return prefixBaseline + messages.KeyToken(id) }
func defaultKey(system string) string { return prefixDefault + messages.KeyToken(system) }
func tagsKey(id string) string        { return prefixTags + messages.KeyToken(id) }
func hostKey(host string) string      { return prefixHost + host }
func groupKey(system, group string) string {
	return prefixGroup + messages.KeyToken(system) + "." + messages.KeyToken(group)
}

// set puts one entry of the bucket into a library. An entry that cannot be read is kept as unreadable where
// that matters, and is otherwise as good as absent; the error says so.
func set(l *classify.Library, key string, value []byte, revision uint64) error {
	switch {
	case key == keySettings:
		// What was there before does not count: a worker that starts now would not know it.
		l.Settings = classify.Settings{}
		settings, err := classify.ParseSettings(value)
		if err != nil {
			return err
		}
		l.Settings = settings
	case strings.HasPrefix(key, prefixBaseline):
		id, err := messages.ParseKeyToken(key[len(prefixBaseline):])
		if err != nil {
			return err
		}
		l.Baselines[id] = nil
		b, err := baseline.Parse(value)
		if err != nil {
			return err
		}
		b.BaselineID, b.Version = id, revision
		l.Baselines[id] = b
	case strings.HasPrefix(key, prefixGroup):
		system, group, _ := strings.Cut(key[len(prefixGroup):], ".")
		return setNamed(system, group, func(system, group string) {
			l.Groups[classify.GroupKey{System: system, Group: group}] = string(value)
		})
	case strings.HasPrefix(key, prefixDefault):
		return setNamed(key[len(prefixDefault):], "", func(system, _ string) { l.Defaults[system] = string(value) })
	case strings.HasPrefix(key, prefixHost):
		l.HostGroups[key[len(prefixHost):]] = string(value)
	}
	return nil
}

func setNamed(a, b string, put func(a, b string)) error {
	first, err := messages.ParseKeyToken(a)
	if err != nil {
		return err
	}
	second, err := messages.ParseKeyToken(b)
	if err != nil {
		return err
	}
	put(first, second)
	return nil
}

// remove takes one entry out of a library.
func remove(l *classify.Library, key string) {
	switch {
	case key == keySettings:
		l.Settings = classify.Settings{}
	case strings.HasPrefix(key, prefixHost):
		delete(l.HostGroups, key[len(prefixHost):])
	case strings.HasPrefix(key, prefixBaseline):
		if id, err := messages.ParseKeyToken(key[len(prefixBaseline):]); err == nil {
			delete(l.Baselines, id)
		}
	case strings.HasPrefix(key, prefixDefault):
		_ = setNamed(key[len(prefixDefault):], "", func(system, _ string) { delete(l.Defaults, system) })
	case strings.HasPrefix(key, prefixGroup):
		system, group, _ := strings.Cut(key[len(prefixGroup):], ".")
		_ = setNamed(system, group, func(system, group string) { delete(l.Groups, classify.GroupKey{System: system, Group: group}) })
	}
}

func newLibrary() *classify.Library {
	return &classify.Library{
		Baselines:  make(map[string]*baseline.Baseline),
		Groups:     make(map[classify.GroupKey]string),
		Defaults:   make(map[string]string),
		HostGroups: make(map[string]string),
	}
}

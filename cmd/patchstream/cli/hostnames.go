package cli

import (
	"context"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// maxNamesBytes is room for the names of a million hosts.
const maxNamesBytes = 128 << 20

// hostNames returns the hosts that arguments and a file name, each once. In a file, and in standard input where - stands,
// is one name in a line; blank lines and those that begin with # count for nothing.
func (a *app) hostNames(ctx context.Context, args []string, file string) ([]string, error) {
	lists := args
	if file != "" {
		lists = append([]string{file}, args...)
	}
	in, err := a.inputs(lists...)
	if err != nil {
		return nil, err
	}
	names := &nameList{known: make(map[string]bool)}
	if file != "" {
		if err := names.addFrom(ctx, in, file); err != nil {
			return nil, err
		}
	}
	for _, arg := range args {
		if arg == "-" {
			err = names.addFrom(ctx, in, arg)
		} else {
			err = names.add(arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return names.names, nil
}

type nameList struct {
	names []string
	known map[string]bool
}

func (l *nameList) add(name string) error {
	if err := messages.ValidHost(name); err != nil {
		return usagef("host %w", err)
	}
	if !l.known[name] {
		l.known[name] = true
		l.names = append(l.names, name)
	}
	return nil
}

func (l *nameList) addFrom(ctx context.Context, in *inputs, file string) error {
	called, text, err := in.read(ctx, file, maxNamesBytes)
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		name := strings.TrimSpace(line)
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		if err := l.add(name); err != nil {
			return usagef("%s, line %d: %w", called, n, err)
		}
	}
	return nil
}

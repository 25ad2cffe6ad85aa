package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/messages"
)

// The most that is read of what a command is given, in bytes. One event is bounded again, by the wire's own bounds.
const (
	maxEventsBytes   = messages.MaxDecompressedBytes // of a file with any number of events
	maxBaselineBytes = baseline.MaxBytes
	maxSettingsBytes = 1 << 20
	maxMeasuredBytes = 64 << 20
)

// inputs reads the files that a command is given.
type inputs struct{ stdin io.Reader }

const stdinName = "standard input"

// inputs refuses a list of files in which standard input stands twice: it can be read once.
func (a *app) inputs(files ...string) (*inputs, error) {
	n := 0
	for _, f := range files {
		if f == "-" {
			n++
		}
	}
	if n > 1 {
		return nil, usagef("only one argument may be -, %s", stdinName)
	}
	return &inputs{a.stdin}, nil
}

// read returns what a file holds, at most so many bytes, and the name to call it by. "-" is standard input. Who writes
// a pipe may never come: when ctx ends, read gives up.
func (in *inputs) read(ctx context.Context, arg string, most int64) (name string, text []byte, err error) {
	if arg == "" {
		return "", nil, usagef("the name of a file is empty")
	}
	if name = arg; arg == "-" {
		name = stdinName
	}
	text, err = untilDone(ctx, func() ([]byte, error) {
		if arg == "-" {
			return bounded(in.stdin, most)
		}
		return readAtMost(arg, most)
	})
	switch {
	case errors.Is(err, dial.ErrInterrupted):
		return name, nil, err
	case errors.Is(err, errTooLarge):
		return name, nil, tooLarge(name, most)
	case err != nil:
		return name, nil, fileError(arg, err)
	case len(bytes.TrimSpace(text)) == 0:
		return name, nil, fmt.Errorf("%s is empty: check what should have written it", name)
	}
	return name, text, nil
}

// untilDone returns what read does, or dial.ErrInterrupted once ctx ends. Nothing can end a read of a pipe or a terminal:
// it is left behind, and ends with the process.
func untilDone(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type outcome struct {
		text []byte
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		text, err := read()
		done <- outcome{text, err}
	}()
	select {
	case <-ctx.Done():
		return nil, dial.ErrInterrupted
	case o := <-done:
		return o.text, o.err
	}
}

func readAtMost(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bounded(f, most)
}

var errTooLarge = errors.New("too large")

// bounded reads to the end. What has more than most bytes is errTooLarge, however much more.
func bounded(r io.Reader, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(text)) > most {
		return nil, errTooLarge
	}
	return text, err
}

func tooLarge(name string, most int64) error {
	hint := "check that it is the file that is meant"
	if most == maxEventsBytes {
		hint += ", or give its events in several"
	}
	return fmt.Errorf("%s has more than %d MiB, the most that is read of it: %s", name, most>>20, hint)
}

// readTwice reports whether an argument says the same when it is read again, as a pipe does not.
func readTwice(arg string) bool {
	info, err := os.Stat(arg)
	return arg != "-" && err == nil && info.Mode().IsRegular()
}

func fileError(name string, err error) error {
	if info, statErr := os.Stat(name); statErr == nil && info.IsDir() {
		return fmt.Errorf("%s is a directory: name a file in it, or give - for %s", name, stdinName)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such file: check the name, or give - for %s", name, stdinName)
	case errors.Is(err, fs.ErrPermission):
		return dial.Unreadable(name, err)
	}
	return err
}

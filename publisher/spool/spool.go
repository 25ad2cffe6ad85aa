package spool

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/durable"
	"github.com/patchstream/patchstream/publisher/host"
)

// DefaultMaxBytes bounds a spool whose MaxBytes is 0.
const DefaultMaxBytes = 256 << 20

// ErrFull says that an event does not fit into the spool, and that nothing in it may be dropped.
var ErrFull = errors.New("the spool is full")

// UnusableError says that a spool's directory cannot be made, read or written.
type UnusableError struct {
	Dir string
	Err error // of the disk
}

func (e *UnusableError) Error() string {
	return fmt.Sprintf("the spool %s cannot be used: %v", e.Dir, e.Err)
}
func (e *UnusableError) Unwrap() error { return e.Err }

// For the function that Flush calls.
var (
	// ErrUnsendable: the event can never be sent, and is set aside.
	ErrUnsendable = errors.New("the event can never be sent")

	// ErrHost: nothing of this host can be sent as things are. What there is of it stays, in order, and the events of
	// other hosts go on.
	ErrHost = errors.New("nothing of this host can be sent now")
)

// HostsError says that all events were sent but those of some hosts.
type HostsError struct {
	Hosts []string
	Err   error // of the first event of each
}

func (e *HostsError) Error() string { return e.Err.Error() }
func (e *HostsError) Unwrap() error { return e.Err }

// Spool is a directory of events. The zero value is not usable; Dir must be set. It is safe for concurrent use
// by several processes.
type Spool struct {
	Dir      string // made when the first event comes, for its owner alone
	MaxBytes int64  // of all events; 0: 256 MiB
}

// Event is an encoded event, as it would have been published.
type Event struct {
	Kind      messages.Kind       `json:"kind"`
	Host      string              `json:"host"`
	ID        string              `json:"id"`
	Scan      Scan                `json:"scan,omitempty"` // of a scan: how much it says
	SpooledAt time.Time           `json:"spooled_at"`
	Headers   map[string][]string `json:"headers"`
	Sum       []byte              `json:"sha256"`
	Payload   []byte              `json:"-"`
}

// Scan is how much a scan says. One that says as much as an earlier one of its host, or more, supersedes it.
type Scan int

// The sorts of scans.
const (
	NoScan    Scan = iota // not a scan: nothing supersedes it
	Failed                // only the host's boot facts
	Unchanged             // that the packages are as they were
	Full                  // everything
)

// Entry is a spooled event and its file.
type Entry struct {
	Event
	File  string // name in the directory
	Bytes int64
}

const (
	suffix  = ".event"
	damaged = ".damaged"
)

// staleAfter is the age from which an unfinished file is what a crash left behind.
const staleAfter = time.Hour

// Check makes the directory, and writes a file there and removes it. The error is an [*UnusableError]: an event could
// not be kept. Whether one would fit is not looked at.
func (s *Spool) Check() error {
	err := os.MkdirAll(s.Dir, 0o700)
	if err != nil {
		return s.unusable(err)
	}
	f, err := os.CreateTemp(s.Dir, durable.Unfinished+"*")
	if err != nil {
		return s.unusable(err)
	}
	_, err = f.WriteString("written to see that it can be\n")
	if err = errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return s.unusable(err)
	}
	return nil
}

func (s *Spool) unusable(err error) error { return &UnusableError{Dir: s.Dir, Err: err} }

// Put writes an event. Older scans of the host that it supersedes are removed after it is on the disk. The error
// is [ErrFull], with what is in the way, or an [*UnusableError].
func (s *Spool) Put(e Event) error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return s.unusable(err)
	}
	s.removeStale()
	waiting, err := s.entries()
	if err != nil {
		return err
	}
	superseded := supersededBy(e, waiting)
	total := int64(len(e.Payload))
	for _, old := range waiting {
		if !slices.ContainsFunc(superseded, func(x Entry) bool { return x.File == old.File }) {
			total += old.Bytes
		}
	}
	if limit := s.maxBytes(); total > limit {
		return fmt.Errorf("%w: %d events wait in %s, and with this one they would have %d bytes of %d; bring the server back, then `patchstream spool flush`", ErrFull, len(waiting), s.Dir, total, limit)
	}
	if err := s.write(e); err != nil {
		return s.unusable(err)
	}
	for _, old := range superseded {
		if err := os.Remove(s.path(old.File)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("spool: %w", err)
		}
	}
	return nil
}

func (s *Spool) maxBytes() int64 {
	if s.MaxBytes > 0 {
		return s.MaxBytes
	}
	return DefaultMaxBytes
}

func (s *Spool) path(file string) string { return filepath.Join(s.Dir, file) }

// supersededBy returns the scans that say nothing any more once e is there.
func supersededBy(e Event, waiting []Entry) []Entry {
	var old []Entry
	for _, w := range waiting {
		if w.Scan != NoScan && w.Host == e.Host && e.Scan >= w.Scan {
			old = append(old, w)
		}
	}
	return old
}

// write makes the file appear at one stroke, and lasting.
func (s *Spool) write(e Event) (err error) {
	sum := sha256.Sum256(e.Payload)
	e.Sum = sum[:]
	head, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return durable.Replace(s.path(ulid.Make().String()+suffix), slices.Concat(head, []byte{'\n'}, e.Payload))
}

// removeStale removes what a crash left behind. What cannot be removed now is tried again.
func (s *Spool) removeStale() {
	files, err := os.ReadDir(s.Dir)
	if err != nil {
		return
	}
	for _, f := range files {
		info, err := f.Info()
		if err == nil && strings.HasPrefix(f.Name(), durable.Unfinished) && time.Since(info.ModTime()) > staleAfter {
			_ = os.Remove(s.path(f.Name()))
		}
	}
}

// List returns the spooled events, oldest first, without their payloads, and the names of files that are
// damaged or were set aside.
func (s *Spool) List() (events []Entry, bad []string, err error) {
	files, err := s.files()
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files {
		if strings.HasSuffix(file, damaged) {
			bad = append(bad, file)
			continue
		}
		e, err := s.read(file)
		switch {
		case errors.Is(err, fs.ErrNotExist): // sent or superseded meanwhile
		case err != nil:
			bad = append(bad, file)
		default:
			e.Payload = nil
			events = append(events, e)
		}
	}
	return events, bad, nil
}

func (s *Spool) entries() ([]Entry, error) {
	events, _, err := s.List()
	return events, err
}

// files returns the names of events and of what was set aside, oldest first: their names begin with the time.
func (s *Spool) files() ([]string, error) {
	all, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, s.unusable(err)
	}
	var names []string
	for _, f := range all {
		if strings.HasSuffix(f.Name(), suffix) || strings.HasSuffix(f.Name(), damaged) {
			names = append(names, f.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// errDamaged says that a file is not what write wrote.
var errDamaged = errors.New("the file is damaged")

// maxFileBytes is more than write ever wrote: an event as it is sent, and its headers.
const maxFileBytes = messages.MaxPayloadBytes + 1<<20

// text returns what is in a file, if it is a regular one and not a link: looked at before it is opened and after, for
// somebody may have put another in its place.
func (s *Spool) text(file string) ([]byte, error) {
	named, err := os.Lstat(s.path(file))
	if err != nil {
		return nil, err
	}
	if !named.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", file, errDamaged)
	}
	f, err := host.OpenRegular(s.path(file)) // it waits for no writer of a pipe
	if errors.Is(err, host.ErrNotRegular) {
		return nil, fmt.Errorf("%s: %w", file, errDamaged)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	opened, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !os.SameFile(named, opened) || opened.Size() > maxFileBytes {
		return nil, fmt.Errorf("%s: %w", file, errDamaged)
	}
	return io.ReadAll(io.LimitReader(f, maxFileBytes))
}

func (s *Spool) read(file string) (Entry, error) {
	text, err := s.text(file)
	if err != nil {
		return Entry{}, err
	}
	head, payload, ok := bytes.Cut(text, []byte{'\n'})
	var e Event
	if !ok || json.Unmarshal(head, &e) != nil {
		return Entry{}, fmt.Errorf("%s: %w", file, errDamaged)
	}
	if sum := sha256.Sum256(payload); !bytes.Equal(sum[:], e.Sum) {
		return Entry{}, fmt.Errorf("%s: %w", file, errDamaged)
	}
	e.Payload = payload
	return Entry{Event: e, File: file, Bytes: int64(len(payload))}, nil
}

// setAside takes a file out of the order, under a name that tells.
func (s *Spool) setAside(file string) (string, error) {
	aside := strings.TrimSuffix(file, suffix) + damaged
	if err := os.Rename(s.path(file), s.path(aside)); err != nil {
		return "", fmt.Errorf("spool: %w", err)
	}
	return aside, nil
}

// Flush calls send for every event, oldest first, and removes each that was sent. It stops at the first error of
// send, which it returns; a [*HostsError] says that only some hosts' events are left, see [ErrHost]. A damaged file is
// set aside, and its name is in setAside.
func (s *Spool) Flush(ctx context.Context, send func(context.Context, Event) error) (sent int, setAside []string, err error) {
	files, err := s.files()
	if err != nil {
		return 0, nil, err
	}
	var stay HostsError
	for _, file := range files {
		if strings.HasSuffix(file, damaged) {
			continue
		}
		e, err := s.read(file)
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && slices.Contains(stay.Hosts, e.Host):
			continue
		case err == nil:
			err = send(ctx, e.Event)
		}
		switch {
		case errors.Is(err, errDamaged), errors.Is(err, ErrUnsendable):
			aside, err := s.setAside(file)
			if err != nil {
				return sent, setAside, err
			}
			setAside = append(setAside, aside)
			continue
		case errors.Is(err, ErrHost):
			stay.Hosts, stay.Err = append(stay.Hosts, e.Host), errors.Join(stay.Err, err)
			continue
		case err != nil:
			return sent, setAside, fmt.Errorf("spool: %w", err)
		}
		sent++
		if err := os.Remove(s.path(file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return sent, setAside, fmt.Errorf("spool: %w", err)
		}
	}
	if len(stay.Hosts) > 0 {
		return sent, setAside, &stay
	}
	return sent, setAside, nil
}

package baselines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// The errors of a [Store].
var (
	ErrNoBucket   = errors.New("no bucket PATCH_BASELINES here: start a worker (`patchstream serve` or `patchstream worker`), which creates it")
	ErrNoBaseline = errors.New("no such baseline")
	ErrSystem     = errors.New("the baseline is for another operating system")
	ErrBound      = errors.New("the baseline is in use")
	ErrConflict   = errors.New("somebody else stored it at the same time: look at it, and store it again")
)

// Store reads and writes the bucket. It is safe for concurrent use.
type Store struct {
	kv *streams.Keys
	js jetstream.JetStream
	by string
}

// By returns the store as somebody writes to it: each entry says who did it, for [Store.Log].
func (s *Store) By(who string) *Store { return &Store{s.kv, s.js, who} }

// Open returns the store of a server. [ErrNoBucket]: no worker ever ran there.
func Open(ctx context.Context, js jetstream.JetStream) (*Store, error) {
	kv, err := streams.OpenKeys(ctx, js, messages.BucketBaselines)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil, ErrNoBucket
	}
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", messages.BucketBaselines, err)
	}
	return &Store{kv: kv, js: js}, nil
}

// Entry is a stored baseline.
type Entry struct {
	ID       string
	Number   uint64 // which of its revisions it is, from 1
	Revision uint64 // of the bucket: what changes name as the baseline's version
	StoredAt time.Time
	Baseline *baseline.Baseline // nil: it cannot be read
	Bound    []string           // what it applies to: "default UBUNTU", "group web on DEBIAN"
}

// Get returns a baseline as it was stored. [ErrNoBaseline]: there is none of that id; built-in ones are not
// stored.
func (s *Store) Get(ctx context.Context, id string) ([]byte, uint64, error) {
	entry, err := s.kv.Get(ctx, baselineKey(id))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, fmt.Errorf("%q: %w", id, ErrNoBaseline)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read baseline %s: %w", id, err)
	}
	return entry.Value, entry.Seq, nil
}

// List returns the stored baselines, sorted by id.
func (s *Store) List(ctx context.Context) ([]Entry, error) {
	library, times, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	numbers, err := s.Numbers(ctx)
	if err != nil {
		return nil, err
	}
	bound := boundTo(library)
	entries := make([]Entry, 0, len(library.Baselines))
	for id, b := range library.Baselines {
		at := times[baselineKey(id)]
		entries = append(entries, Entry{ID: id, Number: numbers.Of(id, at.revision), Revision: at.revision, StoredAt: at.time, Baseline: b, Bound: bound[id]})
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.ID, b.ID) })
	return entries, nil
}

// boundTo returns what each baseline applies to.
func boundTo(l *classify.Library) map[string][]string {
	bound := make(map[string][]string)
	for system, id := range l.Defaults {
		bound[id] = append(bound[id], "default "+system)
	}
	for key, id := range l.Groups {
		bound[id] = append(bound[id], "group "+key.Group+" on "+key.System)
	}
	for id := range bound {
		slices.Sort(bound[id])
	}
	return bound
}

// SetDefault makes a baseline the default of an operating system. [ErrNoBaseline] or [ErrSystem] where it
// cannot be. An empty id gives the system its built-in one back.
func (s *Store) SetDefault(ctx context.Context, system, id string) error {
	return s.point(ctx, defaultKey(system), system, id)
}

// Bind makes a baseline apply to the hosts of a patch group that run an operating system. [ErrNoBaseline] or
// [ErrSystem] where it cannot. With an empty id none does: the default of the system applies to them.
func (s *Store) Bind(ctx context.Context, system, group, id string) error {
	if group == "" || len(group) > messages.MaxVersionBytes {
		return &messages.FieldError{Field: "group", Problem: fmt.Sprintf("must have 1 to %d bytes", messages.MaxVersionBytes)}
	}
	return s.point(ctx, groupKey(system, group), system, id)
}

// point has a key name a baseline that is usable on a system, or none.
func (s *Store) point(ctx context.Context, key, system, id string) error {
	if id == "" {
		return s.remove(ctx, key)
	}
	if err := s.usable(ctx, system, id); err != nil {
		return err
	}
	_, err := s.put(ctx, key, []byte(id))
	return err
}

func (s *Store) usable(ctx context.Context, system, id string) error {
	b := baseline.Builtin(id)
	if b == nil {
		text, _, err := s.Get(ctx, id)
		if err != nil {
			return err
		}
		if b, err = baseline.Parse(text); err != nil {
			return fmt.Errorf("baseline %s: %w", id, err)
		}
	}
	if b.OperatingSystem != "" && b.OperatingSystem != system {
		return fmt.Errorf("%q is for %s, not for %s: %w", id, b.OperatingSystem, system, ErrSystem)
	}
	return nil
}

// SetHostGroup puts a host into a patch group, whatever its own tags say. An empty group lets the tags decide
// again.
func (s *Store) SetHostGroup(ctx context.Context, host, group string) error {
	if err := messages.ValidHost(host); err != nil {
		return &messages.FieldError{Field: "host", Problem: err.Error()}
	}
	if group == "" {
		return s.remove(ctx, hostKey(host))
	}
	_, err := s.put(ctx, hostKey(host), []byte(group))
	return err
}

// ErrSettings: what is stored as settings cannot be read. To workers they are the defaults until they are set anew.
var ErrSettings = errors.New("what is stored as settings cannot be read")

// Settings returns the settings; the zero value where none are stored. [ErrSettings].
func (s *Store) Settings(ctx context.Context) (classify.Settings, error) {
	entry, err := s.kv.Get(ctx, keySettings)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return classify.Settings{}, nil
	}
	if err != nil {
		return classify.Settings{}, fmt.Errorf("read the settings: %w", err)
	}
	settings, err := classify.ParseSettings(entry.Value)
	if err != nil {
		return classify.Settings{}, fmt.Errorf("%w: %w; remove it with \"nats kv del %s %s\", and set them anew", ErrSettings, err, messages.BucketBaselines, keySettings)
	}
	return settings, nil
}

// PutSettings stores the settings for all workers.
func (s *Store) PutSettings(ctx context.Context, settings classify.Settings) error {
	if err := settings.Validate(); err != nil {
		return err
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	_, err = s.put(ctx, keySettings, text)
	return err
}

// Library returns everything that is stored, as it is now.
func (s *Store) Library(ctx context.Context) (*classify.Library, error) {
	library, _, err := s.read(ctx)
	return library, err
}

// stored is when an entry was written.
type stored struct {
	revision uint64
	time     time.Time
}

func (s *Store) read(ctx context.Context) (*classify.Library, map[string]stored, error) {
	library, times := newLibrary(), make(map[string]stored)
	err := s.kv.Each(ctx, func(entry streams.Entry) error {
		_ = set(library, entry.Key, entry.Value, entry.Seq) // List shows what cannot be read
		times[entry.Key] = stored{entry.Seq, entry.Time}
		return nil
	})
	return library, times, err
}

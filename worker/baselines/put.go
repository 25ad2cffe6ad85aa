package baselines

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// Check returns a [*messages.FieldError] where a baseline cannot be stored under an id.
func Check(id string, text []byte) error {
	if id == "" || len(id) > messages.MaxIDBytes*4 {
		return &messages.FieldError{Field: "baseline id", Problem: fmt.Sprintf("must have 1 to %d bytes", messages.MaxIDBytes*4)}
	}
	if baseline.Builtin(id) != nil {
		return &messages.FieldError{Field: "baseline id", Problem: fmt.Sprintf("%s is built in; choose another id", id)}
	}
	_, err := baseline.Parse(text)
	return err
}

// Put stores a baseline under an id and returns the bucket's revision. The text is kept as it is; it must be what
// [baseline.Parse] reads.
func (s *Store) Put(ctx context.Context, id string, text []byte) (uint64, error) {
	r, _, err := s.PutRevision(ctx, id, text)
	return r.Revision, err
}

// PutRevision is Put, and says which of the baseline's own revisions it is. Of what says the same as what is stored already, fields in another order
// included, it makes no new revision: it returns the one there is, and false. [ErrConflict]: somebody else was first.
func (s *Store) PutRevision(ctx context.Context, id string, text []byte) (Revision, bool, error) {
	if err := Check(id, text); err != nil {
		return Revision{}, false, err
	}
	next, isNew, err := s.Next(ctx, id, text)
	if err != nil || !isNew {
		return next, false, err
	}
	next.Revision, err = s.putAfter(ctx, id, text, next, next.Revision)
	if err != nil {
		return Revision{}, false, fmt.Errorf("store baseline %s: %w", id, err)
	}
	return next, true, nil
}

// Next returns the revision that a text would make, with the bucket's revision of the entry before it, and true; or the one that
// is stored and says the same, and false.
func (s *Store) Next(ctx context.Context, id string, text []byte) (Revision, bool, error) {
	next := Revision{Number: 1, By: s.by}
	history, err := s.History(ctx, id)
	if err != nil || len(history) == 0 {
		return next, true, err
	}
	newest := history[len(history)-1]
	next.Number, next.Revision = newest.Number+1, newest.Revision
	if newest.Removed {
		return next, true, nil
	}
	next.Created = newest.Created
	stored, _, err := s.Get(ctx, id)
	if err != nil {
		return next, true, err
	}
	if same(stored, text) {
		return newest, false, nil
	}
	return next, true, nil
}

// same reports whether two texts are the same JSON.
func same(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	values := [2]any{}
	for i, text := range [][]byte{a, b} {
		dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
		dec.UseNumber()
		if dec.Decode(&values[i]) != nil {
			return false
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

// Remove takes a baseline away; what it said stays in its history. [ErrNoBaseline]; [ErrBound]: it applies to some hosts, which
// the error names, and which would be UNKNOWN.
func (s *Store) Remove(ctx context.Context, id string) error {
	if _, _, err := s.Get(ctx, id); err != nil {
		return err
	}
	library, err := s.Library(ctx)
	if err != nil {
		return err
	}
	if bound := boundTo(library)[id]; len(bound) > 0 {
		return fmt.Errorf("%q: %w: %s", id, ErrBound, strings.Join(bound, ", "))
	}
	if err := s.remove(ctx, baselineKey(id)); err != nil {
		return fmt.Errorf("remove baseline %s: %w", id, err)
	}
	return s.ChangeTags(ctx, id, func(map[string]string) (map[string]string, error) { return nil, nil })
}

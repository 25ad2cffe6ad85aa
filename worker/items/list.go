package items

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
)

// The bounds of a host.
const (
	MaxTypes = 10      // lists of types of others
	MaxBytes = 4 << 20 // all its lists together, as JSON
)

// TypePatch is AWS's own type, of which only the hash and the names of the patches are kept: the items themselves are overrides.
const TypePatch = "Patch"

// The errors of what is put.
var (
	ErrTypes = fmt.Errorf("a host has at most %d types", MaxTypes)
	ErrSize  = fmt.Errorf("the items of a host have at most %d bytes", MaxBytes)
)

// Item is something that somebody checked on a host, and what came of it.
type Item struct {
	ID        string            `json:"id"` // unique in its list
	Title     string            `json:"title,omitempty"`
	Severity  messages.Level    `json:"severity"`
	Compliant bool              `json:"compliant"`
	Details   map[string]string `json:"details,omitempty"`
}

// List is what a host has of one type.
type List struct {
	Type  string    `json:"type"`           // [TypePatch], or Custom: and a name
	Hash  string    `json:"hash,omitempty"` // of what was put, as its program says; empty: it does not
	PutAt time.Time `json:"put_at"`
	By    string    `json:"by"`
	Items []Item    `json:"items,omitempty"` // by id

	// Of what made the items, as it says.
	ExecutedAt    time.Time `json:"executed_at"`
	ExecutionID   string    `json:"execution_id,omitempty"`
	ExecutionType string    `json:"execution_type,omitempty"`
}

// Upload says what becomes of the items of a list that are not put again.
type Upload string

// The ways to put a list.
const (
	Complete Upload = "COMPLETE" // they go
	Partial  Upload = "PARTIAL"  // they stay
)

// put returns lists with one put among them.
func put(lists []List, l List, how Upload) []List {
	rest := slices.DeleteFunc(slices.Clone(lists), func(o List) bool { return o.Type == l.Type })
	if before := Of(lists, l.Type); how == Partial && before != nil {
		l.Items = merged(before.Items, l.Items)
	}
	l.Items = sorted(l.Items)
	if len(l.Items) == 0 && how == Complete && (l.Type != TypePatch || l.Hash == "") {
		return rest // nothing is left to know
	}
	rest = append(rest, l)
	slices.SortFunc(rest, func(a, b List) int { return strings.Compare(a.Type, b.Type) })
	return rest
}

// Of returns the list of a type; nil: there is none.
func Of(lists []List, kind string) *List {
	if i := slices.IndexFunc(lists, func(l List) bool { return l.Type == kind }); i >= 0 {
		return &lists[i]
	}
	return nil
}

func merged(before, now []Item) []Item {
	named := make(map[string]bool, len(now))
	for _, i := range now {
		named[i.ID] = true
	}
	return append(slices.DeleteFunc(slices.Clone(before), func(i Item) bool { return named[i.ID] }), now...)
}

func sorted(items []Item) []Item {
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(a, b Item) int { return cmp.Compare(a.ID, b.ID) })
	return items
}

// encode writes the lists of a host. [ErrTypes], [ErrSize].
func encode(lists []List) ([]byte, messages.Encoding, error) {
	encoding := messages.Encoding{ContentType: "application/json"}
	types := 0
	for _, l := range lists {
		if l.Type != TypePatch {
			types++
		}
	}
	if types > MaxTypes {
		return nil, encoding, ErrTypes
	}
	text, err := json.Marshal(lists)
	if err != nil {
		return nil, encoding, err
	}
	if len(text) > MaxBytes {
		return nil, encoding, fmt.Errorf("%w, and these would have %d", ErrSize, len(text))
	}
	text, encoding.ContentEncoding = pack.Compress(text, compressFrom)
	return text, encoding, nil
}

const compressFrom = 1 << 10

func decode(value []byte, encoding messages.Encoding) ([]List, error) {
	if encoding.ContentEncoding != "" {
		plain, err := pack.Decompress(value, pack.Zstd)
		if err != nil {
			return nil, err
		}
		defer plain.Release()
		value = plain.Data
	}
	if len(value) > MaxBytes {
		return nil, errors.New("it is larger than any that was stored")
	}
	var lists []List
	return lists, json.Unmarshal(value, &lists)
}

// sameList reports whether a list was put once, and is the same.
func sameList(a, b List) bool {
	return a.Type == b.Type && a.Hash == b.Hash && a.PutAt.Equal(b.PutAt) && a.By == b.By && len(a.Items) == len(b.Items)
}

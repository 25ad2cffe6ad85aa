package web

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/patchstream/patchstream/messages"
)

// patient writes to a client that may be slow, but takes something now and then.
type patient struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

const writePatience = 30 * time.Second

// newPatient answers for longer than the server lets a request take.
func newPatient(w http.ResponseWriter) *patient {
	p := &patient{w, http.NewResponseController(w)}
	_ = p.control.SetReadDeadline(time.Time{}) // else the request is ended once it should have been read
	return p
}

func (p *patient) Write(text []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(writePatience))
	return p.w.Write(text)
}

func (p *patient) flush() error { return p.control.Flush() }

// stream answers with what write writes. Once something was written an error can only end the connection, so that the client does not take
// a part for the whole.
func stream(contentType string, write func(*patient) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		_, w := humago.Unwrap(ctx)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusOK)
		if err := write(newPatient(w)); err != nil {
			panic(http.ErrAbortHandler)
		}
	}}
}

func writeNDJSON[T any](w *patient, fields []string, l *listed[T]) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for item, err := range l.items {
		if err != nil {
			return err
		}
		one, err := narrowed(item, fields)
		if err != nil {
			return err
		}
		if err := enc.Encode(one); err != nil {
			return err
		}
	}
	return nil
}

func writeCSV[T any](w *patient, columns []column[T], l *listed[T]) error {
	out := csv.NewWriter(w)
	row := make([]string, 0, len(columns))
	for _, c := range columns {
		row = append(row, c.name)
	}
	if err := out.Write(row); err != nil {
		return err
	}
	for item, err := range l.items {
		if err != nil {
			return err
		}
		row = row[:0]
		for _, c := range columns {
			row = append(row, Harmless(c.of(&item)))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Harmless returns a cell that no spreadsheet takes for a formula: one that begins as a formula does begins with an apostrophe.
func Harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// choose checks the fields that are asked for, and returns the columns of CSV.
func choose[T any](p *ListParams, known []string, columns []column[T]) ([]column[T], error) {
	if len(p.Fields) == 0 {
		return columns, nil
	}
	var chosen []column[T]
	if p.format() == formatCSV {
		known = known[:0:0]
		for _, c := range columns {
			known = append(known, c.name)
		}
	}
	for _, f := range p.Fields {
		if !slices.Contains(known, f) {
			return nil, &messages.FieldError{Field: "query.fields", Problem: "there is no " + f + ": there are " + strings.Join(known, ", ")}
		}
		if i := slices.IndexFunc(columns, func(c column[T]) bool { return c.name == f }); i >= 0 {
			chosen = append(chosen, columns[i])
		}
	}
	return chosen, nil
}

// narrowed is an item with only some of its fields, all where none are named.
func narrowed(item any, fields []string) (any, error) {
	if len(fields) == 0 {
		return item, nil
	}
	text, err := json.Marshal(item)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	some := make(map[string]json.RawMessage, len(fields))
	for _, f := range fields {
		if value, has := all[f]; has {
			some[f] = value
		}
	}
	return some, nil
}

// keysOf returns the fields of a struct in JSON.
func keysOf(t reflect.Type) (keys []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			keys = append(keys, keysOf(f.Type)...)
		case name != "" && name != "-":
			keys = append(keys, name)
		}
	}
	return keys
}

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/patchstream/patchstream/messages"
)

// documents returns the JSON documents in a text, one after the other. The error names line and column.
func documents(name string, text []byte) ([]json.RawMessage, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var docs []json.RawMessage
	for dec := json.NewDecoder(bytes.NewReader(text)); ; {
		var doc json.RawMessage
		err := dec.Decode(&doc)
		if err == io.EOF {
			return docs, nil
		}
		if err != nil {
			return nil, syntaxError(name, text, err)
		}
		docs = append(docs, doc)
	}
}

func syntaxError(name string, text []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		at, column := position(text, len(text))
		return fmt.Errorf("%s: not JSON: it ends too early, in line %d, column %d", name, at, column)
	}
	offset := max(0, min(int(syntax.Offset), len(text))-1)
	at, column := position(text, offset)
	hint := ""
	if before := bytes.TrimSpace(text[:offset]); bytes.HasSuffix(before, []byte(",")) && bytes.ContainsAny(text[offset:offset+1], "}]") {
		hint = ": the comma before it is too many"
	}
	return fmt.Errorf("%s: not JSON: line %d, column %d: %w%s", name, at, column, err, hint)
}

// position returns the line and column of an offset, both from 1.
func position(text []byte, offset int) (int, int) {
	before := text[:offset]
	return 1 + bytes.Count(before, []byte("\n")), offset - bytes.LastIndexByte(before, '\n')
}

// events reads the events in a file: one in MessagePack, or in JSON one, several, or lists of them.
func (in *inputs) events(ctx context.Context, kind messages.Kind, arg string) ([]messages.Event, error) {
	name, text, err := in.read(ctx, arg, maxEventsBytes)
	if err != nil {
		return nil, err
	}
	enc := messages.Sniff(text)
	docs := []json.RawMessage{text}
	if enc.ContentType == messages.JSON.ContentType() {
		if docs, err = documents(name, text); err == nil {
			docs, err = flatten(name, docs)
		}
		if err != nil {
			return nil, err
		}
	}
	events := make([]messages.Event, 0, len(docs))
	for i, doc := range docs {
		e, err := messages.Decode(kind, doc, enc)
		if err != nil {
			return nil, eventError(kind, label(name, i, len(docs)), doc, enc, err)
		}
		events = append(events, e)
	}
	return events, nil
}

// flatten replaces lists by what is in them.
func flatten(name string, docs []json.RawMessage) ([]json.RawMessage, error) {
	var flat []json.RawMessage
	for _, doc := range docs {
		if doc[0] != '[' {
			flat = append(flat, doc)
			continue
		}
		var list []json.RawMessage
		if err := json.Unmarshal(doc, &list); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		flat = append(flat, list...)
	}
	if len(flat) == 0 {
		return nil, fmt.Errorf("%s holds an empty list: there is no event in it", name)
	}
	return flat, nil
}

func label(name string, i, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s, event %d of %d", name, i+1, n)
}

// eventError says so where an event is a good one, only of another kind. A recheck and a retirement ask for so little
// that a bad one of any kind may look like them.
func eventError(kind messages.Kind, name string, payload []byte, enc messages.Encoding, err error) error {
	for _, other := range messages.Kinds() {
		if other == kind || other == messages.KindRecheck || other == messages.KindRetire {
			continue
		}
		if _, otherErr := messages.Decode(other, payload, enc); otherErr == nil {
			return fmt.Errorf("%s: its kind is %s, not %s", name, other, kind)
		}
	}
	return fmt.Errorf("%s: no valid %s: %w", name, kind, err)
}

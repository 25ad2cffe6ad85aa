package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// ChangesQuestion is which changes are meant.
type ChangesQuestion struct {
	Host  string    // empty: of all hosts
	Since time.Time // zero: of what is kept, from the oldest; of what is followed, from now on
	Until time.Time // zero: to the newest
}

func (q *ChangesQuestion) values() url.Values {
	values := url.Values{"whole": {"true"}}
	set(values, "host", q.Host)
	set(values, "since", clock(&q.Since))
	return values
}

// Changes gives the changes that are kept to visit, as they stand on the wire, in their order.
func (c *Client) Changes(ctx context.Context, q ChangesQuestion, visit func(*messages.Changed) error) error {
	values := q.values()
	if !q.Until.IsZero() {
		values.Set("until", q.Until.UTC().Add(1).Format(timeLayout)) // to the time, and with it
	}
	return lines(ctx, c, "/changes", values, func(v query.ChangeView) error { return visit(v.Changed()) })
}

// Following is what to do of what comes beside the changes.
type Following struct {
	Visit func(*messages.Changed) error
	Began func()           // it was let in for the first time
	Lost  func(error)      // the connection was lost, and is made again
	Gap   func(why string) // changes between those before and those to come are kept no longer
}

// again is how long it waits before it asks again.
const again = 2 * time.Second

// Follow gives changes to visit as they come, each once, until the context ends, which it answers with nil, or visit fails. Once it was
// let in it outlives an API that is away, and misses nothing.
func (c *Client) Follow(ctx context.Context, q ChangesQuestion, to Following) error {
	values := q.values()
	f := &following{to: to}
	for {
		response, err := c.once(ctx, "/changes/live", values, f.last)
		if err == nil {
			if !f.letIn {
				f.letIn = true
				to.Began()
			}
			err = f.read(response.Body)
			_ = response.Body.Close()
		}
		var soon *notYetError
		var refused *refusedError
		switch stop := (*visitError)(nil); {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &stop):
			return stop.error
		case errors.As(err, &soon):
		case !f.letIn, errors.As(err, &refused):
			return err
		default:
			to.Lost(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(again):
		}
	}
}

// following reads server-sent events.
type following struct {
	to    Following
	letIn bool
	last  string // id of the newest event
}

// visitError is an error of who was given a change.
type visitError struct{ error }

func (f *following) read(body io.Reader) error {
	text := bufio.NewReaderSize(body, 64<<10)
	var event, data string
	for {
		line, err := text.ReadString('\n')
		if err != nil {
			return fmt.Errorf("the connection was lost: %w", err)
		}
		line = strings.TrimRight(line, "\r\n")
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "" && data != "":
			if err := f.take(event, data); err != nil {
				return err
			}
			event, data = "", ""
		case name == "id":
			f.last = value
		case name == "event":
			event = value
		case name == "data":
			data += value
		}
	}
}

func (f *following) take(event, data string) error {
	switch event {
	case "gap":
		f.to.Gap(data)
	case "change":
		var v query.ChangeView
		if err := json.Unmarshal([]byte(data), &v); err != nil {
			return fmt.Errorf("read a change: %w", err)
		}
		if err := f.to.Visit(v.Changed()); err != nil {
			return &visitError{err}
		}
	}
	return nil
}

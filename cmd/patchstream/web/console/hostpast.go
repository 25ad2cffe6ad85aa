package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
	"github.com/patchstream/patchstream/worker/query"
)

// hostPast is what became of a host: its changes as a timeline, and the runs among them.
type hostPast struct {
	Changes []pastChange // the newest first
	Runs    []pastRun    // of these changes
	Older   string       // address of older ones; empty: there are none
	Newest  string       // address of the newest; empty: these are
}

// pastChange is a place in the timeline.
type pastChange struct {
	changeRow
	Tone string // class of its mark
	Run  *query.RunEntry
}

// pastRun is a run, and what it did to which package.
type pastRun struct {
	query.RunEntry
	Tone    string
	Patches []changedPatch
}

const (
	pastPage        = 30  // changes on a page
	pastTransitions = 500 // of each: a first scan has as many as the host has packages
)

// pastOf reads the newest changes of a host before a sequence of the stream.
func (c *console) pastOf(r *http.Request, host, before string) (*hostPast, error) {
	p, until := new(hostPast), uint64(0)
	if before != "" {
		var err error
		if until, err = strconv.ParseUint(before, 10, 64); err != nil || until == 0 {
			return nil, &messages.FieldError{Field: "query.before", Problem: "must be the sequence of a change, a number from 1"}
		}
		p.Newest = hostURL(host)
	}
	now := c.cfg.Now()
	var last []history.Entry // no more than a page and one
	err := history.Read(r.Context(), c.cfg.JS, history.From{Host: host, Oldest: true}, func(e history.Entry) error {
		if until > 0 && e.Sequence >= until {
			return history.ErrStop
		}
		if last = append(last, e); len(last) > pastPage+1 {
			last = slices.Delete(last, 0, 1)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(last) > pastPage {
		last = last[1:]
		p.Older = address(hostURL(host), url.Values{"before": {strconv.FormatUint(last[0].Sequence, 10)}}) + "#history"
	}
	slices.Reverse(last)
	for i := range last {
		p.take(&last[i], now)
	}
	return p, nil
}

func (p *hostPast) take(e *history.Entry, now time.Time) {
	change := pastChange{changeRow: rowWith(e, now, false, pastTransitions), Tone: statusChip(e.Status.To).Tone}
	if run, is := query.Run(*e); is {
		change.Run = &run
		done := pastRun{RunEntry: run, Tone: "good", Patches: change.Transitions}
		if run.Failed > 0 || run.Error != "" {
			done.Tone = "bad"
		}
		p.Runs = append(p.Runs, done)
	}
	p.Changes = append(p.Changes, change)
}

package print

import (
	"path/filepath"
	"strconv"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Spooled is what waits in a spool.
type Spooled struct {
	Dir     string    `json:"dir"`
	Events  []Waiting `json:"events"`
	Damaged []string  `json:"damaged"` // files
}

// Waiting is an event in a spool.
type Waiting struct {
	File      string        `json:"file"`
	Kind      messages.Kind `json:"kind"`
	Host      string        `json:"host"`
	ID        string        `json:"id"`
	SpooledAt time.Time     `json:"spooled_at"`
	Bytes     int64         `json:"bytes"`
}

// Spooled prints what waits in a spool, and how long it has.
func (p *Printer) Spooled(list *Spooled, now time.Time) {
	if len(list.Events) == 0 {
		p.Printf("Nothing waits in %s.\n", list.Dir)
	} else {
		g := &grid{head: []string{"KIND", "HOST", "ID", "SINCE", "BYTES"}, numbers: []int{5}, least: []int{3}, cut: []int{2}}
		for _, e := range list.Events {
			g.add(string(e.Kind), Plain(e.Host), Plain(e.ID), clockAndAge(e.SpooledAt, now), strconv.FormatInt(e.Bytes, 10))
		}
		p.grid(g)
	}
	for _, file := range list.Damaged {
		p.Warn("%s is damaged or can never be sent", filepath.Join(list.Dir, file))
	}
}

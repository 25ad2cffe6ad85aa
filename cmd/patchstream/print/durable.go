package print

import (
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/worker/history"
)

// Durables prints a line for each durable consumer of changes.
func (p *Printer) Durables(list []history.Durable, now time.Time) {
	if len(list) == 0 {
		p.Printf("There is no durable consumer: \"patchstream watch --durable NAME --create\" makes one.\n")
		return
	}
	g := &grid{head: []string{"CONSUMER", "WAITING", "UNACKNOWLEDGED", "LAST", "READS"}, numbers: []int{2, 3}, least: []int{3}}
	for _, d := range list {
		g.add(Plain(d.Name), strconv.FormatUint(d.Waiting, 10), strconv.Itoa(d.Unacked), sinceOrNone(d.LastAck, now), Plain(strings.Join(d.Subjects, " ")))
	}
	p.grid(g)
}

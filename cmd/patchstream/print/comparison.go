package print

import (
	"strconv"

	"github.com/patchstream/patchstream/messages"
)

// Comparison is how AWS and we see the patches of a host.
type Comparison struct {
	Host        string              `json:"host"`
	Agree       bool                `json:"agree"`
	Patches     int                 `json:"patches"` // that either has
	Differences []PatchDifference   `json:"differences"`
	Counts      []CountDifference   `json:"counts"` // that differ, of describe-instance-patch-states
	Status      messages.HostStatus `json:"status"` // ours
	Reasons     []string            `json:"reasons"`
	States      bool                `json:"-"` // counts were compared
	Listed      bool                `json:"-"` // patches were compared
}

// PatchDifference is a patch that is in another state there than here; an empty state: it is not listed.
type PatchDifference struct {
	Patch       string         `json:"patch"`
	AWS         messages.State `json:"aws"`
	Ours        messages.State `json:"ours"`
	AWSVersion  string         `json:"aws_version"`
	OursVersion string         `json:"ours_version"`
	Overridden  bool           `json:"overridden"` // ours was set by hand
}

// CountDifference is a count that is another there than here.
type CountDifference struct {
	Count string `json:"count"` // in AWS's words
	AWS   int    `json:"aws"`
	Ours  int    `json:"ours"`
}

// Comparison prints where AWS and we differ, and how many patches that is of.
func (p *Printer) Comparison(c *Comparison) {
	if len(c.Differences) > 0 {
		g := &grid{head: []string{"PATCH", "AWS", "HERE", "AWS VERSION", "VERSION HERE"}, least: []int{4, 5}}
		for _, d := range c.Differences {
			here := p.stateOrAbsent(d.Ours)
			if d.Overridden {
				here += " (set by hand)"
			}
			g.add(Plain(d.Patch), p.stateOrAbsent(d.AWS), here, Plain(OrNone(d.AWSVersion)), Plain(OrNone(d.OursVersion)))
		}
		p.grid(g)
		p.Printf("\n")
	}
	if len(c.Counts) > 0 {
		g := &grid{head: []string{"COUNT", "AWS", "HERE"}, numbers: []int{2, 3}}
		for _, d := range c.Counts {
			g.add(d.Count, strconv.Itoa(d.AWS), strconv.Itoa(d.Ours))
		}
		p.grid(g)
		p.Printf("\n")
	}
	switch {
	case c.Agree && c.Listed:
		p.Printf("%s: AWS and patchstream agree on all of %s.\n", Plain(c.Host), patchWords(c.Patches))
	case c.Agree:
		p.Printf("%s: AWS and patchstream agree on every count.\n", Plain(c.Host))
	case c.Listed:
		p.Printf("%s: %d of %s differ; \"patchstream explain %s PATCH\" says why one is what it is here.\n", Plain(c.Host), len(c.Differences), patchWords(c.Patches), Plain(c.Host))
	default:
		p.Printf("%s: %d counts differ; compare the output of describe-instance-patches to see of which patches.\n", Plain(c.Host), len(c.Counts))
	}
}

func (p *Printer) stateOrAbsent(s messages.State) string {
	if s == "" {
		return p.paint().dim("not listed")
	}
	return p.paint().state(s)
}

func patchWords(n int) string {
	if n == 1 {
		return "1 patch"
	}
	return strconv.Itoa(n) + " patches"
}

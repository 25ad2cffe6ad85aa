package console

import (
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// barWidth is how wide a bar is, in the units of its drawing.
const barWidth = 1000

// segment is a part of a bar, and the line of its legend.
type segment struct {
	chip
	N    int
	X, W int    // in the units of the drawing
	Href string // where one sees only these; empty: nowhere
	On   bool   // only these are shown now
}

// bar lays segments of all beside each other. What is there at all is seen, however little it is.
func bar(all int, segments []segment) []segment {
	const least = 6
	there, parts, largest := 0, 0, 0
	for i, s := range segments {
		if there += s.N; s.N > 0 {
			parts++
		}
		if s.N > segments[largest].N {
			largest = i
		}
	}
	if there == 0 || all < there {
		return segments
	}
	width := max(barWidth*there/all, parts*least)
	left := width
	for i := range segments {
		if s := &segments[i]; s.N > 0 {
			s.W = least + (width-parts*least)*s.N/there
			left -= s.W
		}
	}
	segments[largest].W += left // what was lost in rounding
	x := 0
	for i := range segments {
		segments[i].X, x = x, x+segments[i].W
	}
	return segments
}

// statusBar is hosts by status.
func statusBar(of *query.SummaryRow) []segment {
	return bar(of.Hosts, []segment{
		{chip: statusChip(messages.NonCompliant), N: of.NonCompliant}, {chip: statusChip(messages.Unknown), N: of.Unknown}, {chip: statusChip(messages.Compliant), N: of.Compliant},
	})
}

// patchBar is the patches of a host that are not in order, of so many as the longest bar has.
func patchBar(counts messages.Counts, longest int) []segment {
	segments := make([]segment, 0, len(outstanding()))
	for _, s := range outstanding() {
		if n := counts[string(s)]; n > 0 {
			segments = append(segments, segment{chip: stateChip(s), N: n})
		}
	}
	return bar(longest, segments)
}

// open is how many patches of a host are not in order.
func open(counts messages.Counts) (n int) {
	for _, s := range outstanding() {
		n += counts[string(s)]
	}
	return n
}

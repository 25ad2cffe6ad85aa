package print

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/deadletters"
)

// DeadLetters prints a line for each dead letter.
func (p *Printer) DeadLetters(list []*deadletters.Letter) {
	if len(list) == 0 {
		p.Printf("There is no dead letter.\n")
		return
	}
	g := &grid{head: []string{"LETTER", "AT", "KIND", "HOST", "DELIVERIES", "BYTES", "REASON"}, numbers: []int{1, 5, 6}, least: []int{5, 6}, cut: []int{4}}
	for _, l := range list {
		g.add(strconv.FormatUint(l.Sequence, 10), Clock(l.At), OrNone(l.Kind), Plain(OrNone(l.Host)),
			strconv.FormatUint(l.Deliveries, 10), strconv.Itoa(l.Bytes), Plain(l.Reason))
	}
	foot, known := worstOf(list)
	g.foot = foot
	p.grid(g)
	if known {
		p.Printf("What shuts a host out:\n  patchstream auth revoke HOST\n")
	}
}

// worstOf says which host has the most letters, where it is known.
func worstOf(list []*deadletters.Letter) (foot string, known bool) {
	count := make(map[string]int)
	for _, l := range list {
		count[l.Host]++
	}
	worst := slices.MaxFunc(slices.Sorted(maps.Keys(count)), func(a, b string) int { return cmp.Compare(count[a], count[b]) })
	foot = fmt.Sprintf("%s of %s", Count(len(list), "dead letter"), Count(len(count), "host"))
	if worst == "" { // it cannot be told
		return foot + ".", false
	}
	return foot + fmt.Sprintf("; %s has %d.", Plain(worst), count[worst]), true
}

// shownBytes is how much of a payload is shown to people.
const shownBytes = 2 << 10

// DeadLetter prints a dead letter, and what its event says.
func (p *Printer) DeadLetter(l *deadletters.Letter) {
	p.Printf("%s\n", p.paint().bold(fmt.Sprintf("dead letter %d: %s of %s", l.Sequence, OrNone(l.Kind), Plain(OrNone(l.Host)))))
	p.Printf("  reason      %s\n  at          %s\n  subject     %s\n  deliveries  %d\n  payload     %d bytes\n",
		Plain(l.Reason), Clock(l.At), Plain(l.Subject), l.Deliveries, l.Bytes)
	if l.Truncated > 0 {
		p.Printf("  cut         it had %d bytes and cannot be put back\n", l.Truncated)
	}
	var names []string
	for name := range l.Headers {
		if !strings.HasPrefix(name, messages.HeaderDeadPrefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		p.Printf("  header      %s: %s\n", Plain(name), Plain(strings.Join(l.Headers[name], ", ")))
	}
	p.Printf("\n")
	p.payload(l)
}

// payload shows what an event says, decompressed and as JSON, or, where it says nothing that can be read, its bytes.
func (p *Printer) payload(l *deadletters.Letter) {
	const readBytes = 1 << 20
	text, err := messages.Readable(l.Payload, messages.EncodingOf(l.Headers), readBytes)
	if err != nil {
		text = l.Payload
	}
	shown := text[:min(len(text), shownBytes)]
	for _, line := range strings.Split(string(shown), "\n") {
		p.Printf("%*s%s\n", len(line)-len(strings.TrimLeft(line, " ")), "", Plain(line))
	}
	if more := len(text) - len(shown); more > 0 {
		p.Printf("… and %d bytes more; with -o json all of it, as it came\n", more)
	}
}

// DeadLettersAgain says of letters which event could still not be applied, and why.
func (p *Printer) DeadLettersAgain(list []*deadletters.Letter) {
	const shown = 10
	for i, l := range list {
		if i == shown {
			p.Printf("  and %d more: \"patchstream dead-letters list\" has them\n", len(list)-shown)
			return
		}
		p.Printf("  %d  %s of %s: %s\n", l.Sequence, OrNone(string(l.Kind)), Plain(OrNone(l.Host)), Plain(l.Reason))
	}
}

package chaos

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
)

// headerEvent carries an event's number, by which its dead letter is found.
const headerEvent = "Chaos-Event"

// event is one thing that is said of a host. It may be sent more than once.
type event struct {
	number   int
	kind     messages.Kind
	host, id string
	subject  string
	header   nats.Header
	payload  []byte

	said  messages.Event // what a reader makes of the payload; nil: it is malformed
	twin  bool           // another event of its host has the same id
	sort  string         // of a malformed one
	field string         // at fault in a malformed one
}

// send is one time at which an event is published.
type send struct {
	*event
	at    time.Duration // from the beginning
	named bool          // with a Nats-Msg-Id
}

// history is all that is sent, in the order of time.
type history struct {
	hosts  []string
	events []*event
	sends  []send
}

// host is a made-up host while its history is written.
type host struct {
	name   string
	nature nature
	system string
	full   *messages.Scan // the newest full scan, if any
	said   []*event       // the well-formed events
}

// nature is what is special about a host.
type nature string

const (
	ordinary  nature = "web"
	silent    nature = "silent"    // speaks at the beginning and at the end only
	stale     nature = "stale"     // its newest scan is older than a week
	foreign   nature = "foreign"   // of a system that cannot be judged
	unscanned nature = "unscanned" // never has a full scan
	ghost     nature = "ghost"     // says nothing that is well formed
)

func natureOf(i int) nature {
	switch i % 12 {
	case 3, 8:
		return silent
	case 5:
		return stale
	case 7:
		return foreign
	case 9:
		return unscanned
	case 11:
		return ghost
	}
	return ordinary
}

// teller writes a history. The same seed and plan give the same one, moved to the day it is written for.
type teller struct {
	*rand.Rand
	plan    plan
	history history
}

func newHistory(p plan) *history {
	t := &teller{Rand: rand.New(rand.NewPCG(p.seed, 1)), plan: p}
	perHost := max(4, int(p.lasts.Seconds()*float64(p.rate))/p.hosts)
	for i := range p.hosts {
		h := &host{nature: natureOf(i), system: []string{"DEBIAN", "UBUNTU"}[i%2]}
		h.name = fmt.Sprintf("%s-%d.example", h.nature, i)
		if h.nature == foreign {
			h.system = "FREEBSD"
		}
		t.history.hosts = append(t.history.hosts, h.name)
		for j := range perHost {
			t.speak(h, (float64(j)+t.Float64())/float64(perHost))
		}
	}
	slices.SortStableFunc(t.history.sends, func(a, b send) int { return cmp.Compare(a.at, b.at) })
	return &t.history
}

// The own times of events lie between 60 hours and one hour before the run.
const (
	firstTime = 60 * time.Hour
	timeSpan  = 59 * time.Hour
)

// speak has a host say something at a part of the run, and says it again where the dice have it.
func (t *teller) speak(h *host, part float64) {
	own := t.plan.began.Add(-firstTime + time.Duration(part*float64(timeSpan))).Truncate(time.Minute)
	if h.nature == stale {
		own = own.Add(-20 * 24 * time.Hour)
	}
	if h.nature == silent {
		part = map[bool]float64{true: part * 0.3, false: 1 - (1-part)*0.3}[part < 0.5]
	}
	if t.chance(0.1) { // late: it is older than what was said before
		own = own.Add(-time.Duration(1+t.IntN(40)) * time.Hour)
	}
	if t.chance(0.15) { // overtaken: it arrives after what was said later
		part = min(1, part+0.2*t.Float64())
	}
	e := t.event(h, own)
	t.send(e, part, t.chance(0.9))
	if t.chance(0.12) {
		t.send(e, min(1, part+0.3*t.Float64()*t.Float64()), t.chance(0.7))
	}
}

func (t *teller) send(e *event, part float64, named bool) {
	named = named && !e.twin // else the stream would drop it, and rightly
	t.history.sends = append(t.history.sends, send{e, time.Duration(part * float64(t.plan.lasts)), named})
}

func (t *teller) event(h *host, own time.Time) *event {
	if h.nature == ghost || t.chance(0.06) {
		return t.add(t.malformed(h, own))
	}
	if len(h.said) > 0 && t.chance(0.04) { // another content under the same id and time
		old := h.said[t.IntN(len(h.said))]
		if old.kind != messages.KindRecheck {
			return t.wellFormed(h, t.say(h, old.kind, old.id, old.said.Time()), true)
		}
	}
	kind := messages.KindScan
	switch roll := t.IntN(100); {
	case roll < 20:
		kind = messages.KindRun
	case roll < 36:
		kind = messages.KindOverride
	case roll < 41:
		kind = messages.KindRecheck
	}
	id := fmt.Sprintf("%s-%05d", kind, len(t.history.events))
	return t.wellFormed(h, t.say(h, kind, id, own), false)
}

// wellFormed encodes an event in one of the ways that the contract allows.
func (t *teller) wellFormed(h *host, said messages.Event, twin bool) *event {
	format := messages.MsgPack
	if t.chance(0.25) {
		format = messages.JSON
	}
	payload := must(messages.Encode(said, format))
	// What was encoded is what counts: a reader knows nothing else.
	read := must(messages.Decode(said.Kind(), payload, messages.Encoding{ContentType: format.ContentType()}))
	e := &event{
		kind: said.Kind(), host: h.name, id: said.EventID(), subject: said.Kind().Subject(h.name),
		header: nats.Header{"Content-Type": {format.ContentType()}}, payload: payload, said: read, twin: twin,
	}
	switch roll := t.IntN(10); {
	case roll < 4:
		if packed, encoding := pack.Compress(payload, 0); encoding != "" {
			e.payload = packed
			e.header.Set("Content-Encoding", encoding)
		}
	case roll < 6:
		e.payload = s2.Encode(nil, payload)
		e.header.Set("Content-Encoding", "s2")
	}
	h.said = append(h.said, e)
	return t.add(e)
}

func (t *teller) add(e *event) *event {
	e.number = len(t.history.events)
	e.header.Set(headerEvent, strconv.Itoa(e.number))
	t.history.events = append(t.history.events, e)
	return e
}

func (t *teller) chance(p float64) bool { return t.Float64() < p }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // only for a history that is written wrong
	}
	return v
}

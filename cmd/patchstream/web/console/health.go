package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/deadletters"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/streams"
)

// healthData is what the page of health shows.
type healthData struct {
	Queue    queue
	Index    query.Standing
	AsOf     query.AsOf
	Streams  []streamState
	Stored   uint64 // bytes of all streams
	MayStore int64  // bytes that the account may; not above 0: it has no bound of its own
	Letters  []deadletters.Letter
	Dead     int // of all
	Silent   []query.HostView
	Quiet    int          // of all
	After    classify.Age // how long a host must say nothing
	Outdated int          // hosts that are judged by another baseline than applies
	Now      time.Time

	// Unreadable says why the settings cannot be read, and what to do about it; empty: they can.
	Unreadable string
}

// queue is what waits for workers.
type queue struct {
	Waiting, Working, Again int       // events that wait, that workers have, and of these, that came again
	Asking                  int       // requests of workers for the next event; 0: all of them are at work, or there is none
	Oldest                  time.Time // when the first of them came
	LastDone                time.Time // when a worker was last done with one
}

// streamState is how one stream stands.
type streamState struct {
	Name, Is        string
	Messages, Bytes uint64
	Max             int64 // bytes; not above 0: no bound
	First, Last     time.Time
	Replicas        int
	Lagging         int // of the replicas
}

const (
	lettersShown = 50
	silentShown  = 20
)

func (c *console) health(r *http.Request, who web.Who) (*view, error) {
	if err := knownParameters(r); err != nil {
		return nil, err
	}
	ctx := r.Context()
	d := &healthData{Index: c.cfg.Index.Standing(), Now: c.cfg.Now()}
	for _, part := range []func(context.Context, *healthData) error{c.readQueue, c.readStreams} {
		if err := part(ctx, d); err != nil {
			return nil, err
		}
	}
	if err := c.readLetters(r, d); err != nil {
		return nil, err
	}
	if err := c.readSilent(ctx, d, who); err != nil {
		return nil, err
	}
	return &view{
		Title: "Health", Section: "/health", AsOf: &d.AsOf, Refresh: 10, Data: d, CSV: csvOf("/dead-letters", nil),
		Commands: []command{
			cli("dead-letters", "list"), cli("status", "--silent-for", d.After.String()), c.curl(r, "/dead-letters", nil),
			c.curl(r, "/hosts", url.Values{"silent_for": {d.After.String()}}), {"curl", "curl -s " + quoted(origin(r)+"/metrics")},
		},
	}, nil
}

func (c *console) readQueue(ctx context.Context, d *healthData) error {
	events, err := c.cfg.JS.Stream(ctx, messages.StreamEvents)
	if err != nil {
		return err
	}
	if state := events.CachedInfo().State; state.Msgs > 0 {
		d.Queue.Oldest = state.FirstTime
	}
	consumer, err := c.cfg.JS.Consumer(ctx, messages.StreamEvents, streams.ConsumerEvents)
	if err != nil {
		return err
	}
	info := consumer.CachedInfo()
	d.Queue.Waiting, d.Queue.Working, d.Queue.Again, d.Queue.Asking = int(info.NumPending), info.NumAckPending, info.NumRedelivered, info.NumWaiting
	if info.AckFloor.Last != nil {
		d.Queue.LastDone = *info.AckFloor.Last
	}
	return nil
}

// keptStreams says what each stream is, in the order in which they are shown.
func keptStreams() [][2]string {
	return [][2]string{
		{messages.StreamEvents, "events that wait for a worker"},
		{messages.StreamChanges, "changes, 400 days of them"},
		{messages.StreamDead, "events that could not be applied"},
		{messages.StreamLater, "when hosts are to be looked at again"},
		{messages.BucketStream(messages.BucketHosts), "how each host stands, and its facts"},
		{messages.BucketStream(messages.BucketScans), "the newest full scan of each host, with its packages"},
		{messages.BucketStream(messages.BucketItems), "what other programs put beside the patches, by AWS's API"},
		{messages.BucketStream(messages.BucketBaselines), "baselines, groups and settings"},
	}
}

func (c *console) readStreams(ctx context.Context, d *healthData) error {
	for _, s := range keptStreams() {
		stream, err := c.cfg.JS.Stream(ctx, s[0])
		if errors.Is(err, jetstream.ErrStreamNotFound) { // an older worker made none
			continue
		}
		if err != nil {
			return err
		}
		info := stream.CachedInfo()
		one := streamState{
			Name: s[0], Is: s[1], Messages: info.State.Msgs, Bytes: info.State.Bytes, Max: info.Config.MaxBytes, Replicas: info.Config.Replicas,
		}
		if info.State.Msgs > 0 {
			one.First, one.Last = info.State.FirstTime, info.State.LastTime
		}
		if info.Cluster != nil {
			for _, r := range info.Cluster.Replicas {
				if !r.Current || r.Offline {
					one.Lagging++
				}
			}
		}
		d.Streams = append(d.Streams, one)
		d.Stored += one.Bytes
	}
	account, err := c.cfg.JS.AccountInfo(ctx)
	if err == nil {
		d.MayStore = account.Limits.MaxStore
	}
	return err
}

// readLetters reads the newest dead letters, as the API gives them to whoever asks.
func (c *console) readLetters(r *http.Request, d *healthData) error {
	var all itemsOf[deadletters.Letter]
	if err := c.ask(r, http.MethodGet, "/dead-letters", nil, &all); err != nil {
		return err
	}
	slices.Reverse(all.Items)
	d.Dead, d.Letters = len(all.Items), all.Items[:min(len(all.Items), lettersShown)]
	return nil
}

// readSilent finds the hosts that say nothing for longer than a scan may be old.
func (c *console) readSilent(ctx context.Context, d *healthData, who web.Who) error {
	settings, err := c.settings(ctx)
	if errors.Is(err, baselines.ErrSettings) {
		d.Unreadable, err = err.Error(), nil
	}
	if err != nil {
		return err
	}
	d.After = classify.Age(d.Now.Sub(settings.OldBefore(d.Now)))
	page, err := c.cfg.Index.Hosts(ctx, query.HostsQuestion{Filter: query.Filter{SilentFor: time.Duration(d.After), Scope: who.Groups}, Sort: query.ByHeard, Limit: silentShown})
	if err != nil {
		return err
	}
	d.AsOf, d.Quiet, d.Silent = page.AsOf, page.Total, slices.Collect(page.Hosts())
	summary, err := c.cfg.Index.Summary(ctx, "", query.Filter{Scope: who.Groups})
	if err == nil {
		d.Outdated = summary.Total.Outdated
	}
	return err
}

// Workers says whether events are taken.
func (d *healthData) Workers() sign {
	switch {
	case d.Queue.Asking > 0:
		return sign{chip{Tone: "good", Shape: "check", Word: "At work"}, "workers ask for events"}
	case d.Queue.Working > 0:
		return sign{chip{Tone: "good", Shape: "check", Word: "At work"}, "workers have events, and none asks for more"}
	case d.Queue.Waiting > 0:
		return sign{chip{Tone: "bad", Shape: "alert", Word: "Nobody works"}, "events wait, and no worker asks for them: start one (patchstream worker)"}
	}
	return sign{chip{Tone: "unknown", Shape: "query", Word: "Nobody asks"}, "no worker asks for events: start one (patchstream worker)"}
}

// slow is how long an event may wait before that is worth a word.
const slow = time.Minute

// Lag says whether events wait.
func (d *healthData) Lag() sign {
	switch {
	case d.Queue.Oldest.IsZero():
		return sign{chip{Tone: "good", Shape: "check", Word: "Nothing waits"}, "each event that came is applied"}
	case d.Now.Sub(d.Queue.Oldest) > slow:
		return sign{chip{Tone: "warn", Shape: "alert", Word: plural(d.Queue.Waiting+d.Queue.Working, "event waits", "events wait")}, "the first of them for " + span(d.Now.Sub(d.Queue.Oldest))}
	}
	return sign{chip{Tone: "good", Shape: "check", Word: plural(d.Queue.Waiting+d.Queue.Working, "event", "events") + " in work"}, "none for as long as a minute"}
}

// Reader says whether the console knows the fleet as it is.
func (d *healthData) Reader() sign {
	if d.AsOf.Lagging {
		return sign{chip{Tone: "unknown", Shape: "query", Word: "Behind"}, "what changed in the last " + span(d.Index.Behind) + " may be missing on every page"}
	}
	return sign{chip{Tone: "good", Shape: "check", Word: "Up to date"}, plural(d.Index.Hosts, "host", "hosts") + " in memory, the retired ones too"}
}

// DeadSign says whether there are events that could not be applied.
func (d *healthData) DeadSign() sign {
	if d.Dead == 0 {
		return sign{chip{Tone: "good", Shape: "check", Word: "None"}, "each event could be read"}
	}
	return sign{chip{Tone: "warn", Shape: "alert", Word: count(d.Dead)}, "events could not be applied: below is why"}
}

// SilentSign says whether hosts fell silent.
func (d *healthData) SilentSign() sign {
	if d.Quiet == 0 {
		return sign{chip{Tone: "good", Shape: "check", Word: "None"}, "each host spoke within " + d.After.String()}
	}
	return sign{chip{Tone: "warn", Shape: "alert", Word: count(d.Quiet)}, "said nothing for " + d.After.String() + ", and are unknown or will be"}
}

// StoreSign says whether there is room.
func (d *healthData) StoreSign() sign {
	s := sign{chip{Tone: "good", Shape: "check", Word: bytesOf(d.Stored)}, "in all streams; the account has no bound of its own"}
	if d.MayStore > 0 {
		s.Words = "of " + bytesOf(uint64(d.MayStore)) + " that the account may store"
		if d.Stored > uint64(d.MayStore)/10*9 {
			s.Chip.Tone, s.Chip.Shape = "bad", "alert"
		}
	}
	for _, one := range d.Streams {
		if one.Lagging > 0 {
			return sign{chip{Tone: "warn", Shape: "alert", Word: "Replicas lag"}, one.Name + " has " + plural(one.Lagging, "replica", "replicas") + " that are behind"}
		}
	}
	return s
}

// sign is how one thing stands, with a sentence.
type sign struct {
	Chip  chip
	Words string
}

// settings are those that apply to all hosts.
func (c *console) settings(ctx context.Context) (classify.Settings, error) {
	store, err := baselines.Open(ctx, c.cfg.JS)
	if err != nil {
		return classify.Settings{}, err
	}
	return store.Settings(ctx)
}

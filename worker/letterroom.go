package worker

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/messages"
)

// What is kept of one host's dead letters, of all kinds together. The oldest go.
const (
	maxLetters     = 32
	maxLetterBytes = 16 << 20

	// letterOverhead is more than JetStream takes for a message beside its subject, headers and payload.
	letterOverhead = 128
)

// keptLetter is a dead letter that stands in the stream.
type keptLetter struct {
	sequence uint64
	id       string
	bytes    int
}

// letterRoom keeps the letters of each host within their bounds. It remembers those of the hosts that had one lately, and
// looks whether other workers or an operator changed them meanwhile. It is safe for concurrent use; letters of one host go
// one after the other.
type letterRoom struct {
	js  jetstream.JetStream
	log zerolog.Logger

	seed  maphash.Seed
	turns [64]sync.Mutex // each for the hosts of one hash

	mu      sync.Mutex
	hosts   *simplelru.LRU[string, []keptLetter]
	crowded map[string]bool // hosts that are to be looked at again
}

// hostsRemembered bounds for how many hosts a worker remembers their letters; each takes a few kilobytes at most.
const hostsRemembered = 1024

func newLetterRoom(js jetstream.JetStream, log zerolog.Logger) *letterRoom {
	hosts, err := simplelru.NewLRU[string, []keptLetter](hostsRemembered, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &letterRoom{js: js, log: log, seed: maphash.MakeSeed(), hosts: hosts, crowded: make(map[string]bool)}
}

// store publishes a letter of a host under an id by which a second one is none. Before, it makes room; a letter for which
// that fails is stored all the same, and the bound of the stream stands.
func (r *letterRoom) store(ctx context.Context, host string, letter *nats.Msg, id string) error {
	turn := &r.turns[maphash.String(r.seed, host)%uint64(len(r.turns))]
	turn.Lock()
	defer turn.Unlock()
	size := letter.Size() + len(id) + letterOverhead
	kept, err := r.makeRoom(ctx, host, id, size)
	if errors.Is(err, errIsKept) {
		return nil
	}
	if err != nil {
		r.log.Warn().Err(err).Str("host", host).Msg("making room for a dead letter; it is stored all the same")
	}
	ack, publishErr := r.js.PublishMsg(ctx, letter, jetstream.WithMsgID(id))
	if err != nil {
		r.lookAgain(host)
	}
	if err != nil || publishErr != nil || ack.Duplicate {
		r.forget(host)
		return publishErr
	}
	r.remember(host, append(kept, keptLetter{ack.Sequence, id, size}))
	if _, err := r.makeRoom(ctx, host, "", 0); err != nil { // another worker may have stored one at the same time
		r.log.Warn().Err(err).Str("host", host).Msg("looking whether a host has too many dead letters")
		r.lookAgain(host)
	}
	return nil
}

// A host whose letters could not be looked at once one more was stored is looked at again after a while, so often; and with its next letter.
const (
	lookAgainAfter = 5 * time.Second
	looksAgain     = 12
)

// lookAgain has a host looked at again, which no other letter waits for. However many letters it has, one look is to come.
func (r *letterRoom) lookAgain(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.crowded[host] && len(r.crowded) < hostsRemembered {
		r.crowded[host] = true
		time.AfterFunc(lookAgainAfter, func() { r.look(host, 1) })
	}
}

func (r *letterRoom) look(host string, n int) {
	_, err := r.makeRoom(context.Background(), host, "", 0)
	if err != nil && n < looksAgain && !r.js.Conn().IsClosed() {
		time.AfterFunc(lookAgainAfter, func() { r.look(host, n+1) })
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.crowded, host)
}

// errIsKept says that a letter is in the stream already.
var errIsKept = errors.New("the letter is kept")

// roomTimeout bounds what making room may take, so that there is time left for the letter itself. Workers with permissions of
// an older version may not purge, and get no answer.
const roomTimeout = time.Second

// makeRoom removes the oldest letters of a host until one more of that size has room, or, of size 0, until those that are there
// keep to the bounds. It returns what is left.
func (r *letterRoom) makeRoom(ctx context.Context, host, id string, size int) ([]keptLetter, error) {
	ctx, cancel := context.WithTimeout(ctx, roomTimeout)
	defer cancel()
	stream, err := r.js.Stream(ctx, messages.StreamDead)
	if err != nil {
		return nil, err
	}
	kept, err := r.kept(ctx, stream, host)
	if err != nil {
		return nil, err
	}
	if id != "" && slices.ContainsFunc(kept, func(k keptLetter) bool { return k.id == id }) {
		return nil, errIsKept
	}
	n := tooMany(kept, size)
	if n == 0 {
		return kept, nil
	}
	before := jetstream.WithPurgeSequence(kept[n-1].sequence + 1)
	if err := stream.Purge(ctx, jetstream.WithPurgeSubject(messages.DeadSubjects(host)), before); err != nil {
		return nil, err
	}
	r.forget(host) // until the next look
	return kept[n:], nil
}

// tooMany returns how many of the oldest letters must go for one more of that size, or for none, where it is 0.
func tooMany(kept []keptLetter, size int) (n int) {
	total, more := size, min(size, 1)
	for _, k := range kept {
		total += k.bytes
	}
	for n < len(kept) && (len(kept)-n+more > maxLetters || total > maxLetterBytes) {
		total -= kept[n].bytes
		n++
	}
	return n
}

// kept returns a host's letters, oldest first.
func (r *letterRoom) kept(ctx context.Context, stream jetstream.Stream, host string) ([]keptLetter, error) {
	filter := messages.DeadSubjects(host)
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, err
	}
	count := 0
	for _, n := range info.State.Subjects {
		count += int(n)
	}
	r.mu.Lock()
	kept, known := r.hosts.Get(host)
	r.mu.Unlock()
	if count == 0 || known && len(kept) == count {
		return kept[:count:count], nil
	}
	return r.list(ctx, filter, count)
}

// listedFor is how long the server keeps a consumer by which letters were listed.
const listedFor = 5 * time.Second

// list reads the heads of letters.
func (r *letterRoom) list(ctx context.Context, filter string, count int) ([]keptLetter, error) {
	consumer, err := r.js.OrderedConsumer(ctx, messages.StreamDead, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{filter}, HeadersOnly: true, InactiveThreshold: listedFor,
	})
	if err != nil {
		return nil, err
	}
	batch, err := consumer.FetchNoWait(count)
	if err != nil {
		return nil, err
	}
	kept := make([]keptLetter, 0, count)
	for msg := range batch.Messages() {
		meta, err := msg.Metadata()
		if err != nil {
			return nil, err
		}
		headers := msg.Headers()
		payload, _ := strconv.Atoi(headers.Get(nats.MsgSize))
		whole := nats.Msg{Subject: msg.Subject(), Header: headers}
		kept = append(kept, keptLetter{meta.Sequence.Stream, headers.Get(jetstream.MsgIDHeader), payload + whole.Size() + letterOverhead})
	}
	if err := batch.Error(); err != nil {
		return nil, err
	}
	return kept, nil
}

func (r *letterRoom) remember(host string, kept []keptLetter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hosts.Add(host, kept)
}

func (r *letterRoom) forget(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hosts.Remove(host)
}

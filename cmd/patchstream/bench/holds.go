package bench

import (
	"context"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// holds is what streams hold at a moment, by name.
type holds map[string]jetstream.StreamState

// look asks the server what patchstream's streams hold.
func (g *ground) look(ctx context.Context) (holds, error) {
	all := make(holds)
	list := g.js.ListStreams(ctx)
	for info := range list.Info() {
		if strings.HasPrefix(strings.TrimPrefix(info.Config.Name, "KV_"), "PATCH_") {
			all[info.Config.Name] = info.State
		}
	}
	return all, list.Err()
}

// bytes is how much the streams hold that are not queues.
func (h holds) bytes() (n uint64) {
	for name, state := range h {
		if name != messages.StreamEvents {
			n += state.Bytes
		}
	}
	return n
}

// written is how many messages were ever written into them.
func (h holds) written() (n uint64) {
	for name, state := range h {
		if name != messages.StreamEvents {
			n += state.LastSeq
		}
	}
	return n
}

// buckets returns how many bytes of each stream there are for each of so many hosts.
func (h holds) perHost(hosts int) map[string]float64 {
	all := make(map[string]float64)
	for name, state := range h {
		if state.Bytes > 0 && name != messages.StreamEvents {
			all[name] = float64(state.Bytes) / float64(hosts)
		}
	}
	return all
}

// queued is how many events are not acknowledged.
func (g *ground) queued(ctx context.Context, stream string) (uint64, error) {
	s, err := g.js.Stream(ctx, stream)
	if err != nil {
		return 0, err
	}
	return s.CachedInfo().State.Msgs, nil
}

// changesAfter counts the changes of hosts behind a sequence of the stream.
func (g *ground) changesAfter(ctx context.Context, sequence uint64) (int, error) {
	c, err := g.js.CreateConsumer(ctx, messages.StreamChanges, jetstream.ConsumerConfig{
		FilterSubject: messages.ChangedSubject(messages.AllHosts), AckPolicy: jetstream.AckNonePolicy,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: sequence + 1,
	})
	if err != nil {
		return 0, err
	}
	return int(c.CachedInfo().NumPending), g.js.DeleteConsumer(ctx, messages.StreamChanges, c.CachedInfo().Name)
}

// changeBytes returns how large the newest changes of some hosts are, in the mean.
func (g *ground) changeBytes(ctx context.Context, hosts []string) (int, error) {
	s, err := g.js.Stream(ctx, messages.StreamChanges)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, host := range hosts {
		m, err := s.GetLastMsgForSubject(ctx, messages.ChangedSubject(host))
		if err != nil {
			return 0, err
		}
		total += len(m.Data)
	}
	return total / len(hosts), nil
}

// lossless returns an error where not every event was applied, each with the changes that it must cause.
func (g *ground) lossless(ctx context.Context, before, after holds, want int) error {
	changed, err := g.changesAfter(ctx, before[messages.StreamChanges].LastSeq)
	if err != nil {
		return err
	}
	dead := after[messages.StreamDead].LastSeq - before[messages.StreamDead].LastSeq
	if queued := after[messages.StreamEvents].Msgs; changed != want || dead > 0 || queued > 0 {
		return fmt.Errorf("%d changes where %d must come, %d dead letters, %d events that are not applied", changed, want, dead, queued)
	}
	return nil
}

package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// victim is a group of which the leader is killed.
type victim struct {
	name   string
	leader func(context.Context) (string, error) // the name of the server
}

func (w *world) victims() []victim {
	groups := w.groups()
	leading := func(name string) victim {
		return victim{name, func(ctx context.Context) (string, error) {
			cluster, err := groups[name](ctx)
			if err != nil {
				return "", err
			}
			return leaderOf(cluster)
		}}
	}
	return []victim{
		{"all streams", w.gather}, leading(messages.StreamChanges), leading("consumer " + streams.ConsumerEvents),
		leading(messages.StreamEvents), leading("KV_" + messages.BucketHosts), {"JetStream itself", w.metaLeader},
		leading(messages.StreamDead), leading("KV_" + messages.BucketBaselines), leading("KV_" + messages.BucketAttempts),
		leading(messages.StreamLater), leading(messages.StreamResend),
	}
}

func leaderOf(c *jetstream.ClusterInfo) (string, error) {
	if c == nil || c.Leader == "" {
		return "", errors.New("nobody leads")
	}
	return c.Leader, nil
}

// gather has the server that leads the changes lead every other stream too, as far as they follow within a while.
func (w *world) gather(ctx context.Context) (string, error) {
	changes, err := w.groups()[messages.StreamChanges](ctx)
	if err != nil {
		return "", err
	}
	name, err := leaderOf(changes)
	if err != nil {
		return "", err
	}
	prefer := fmt.Appendf(nil, `{"placement":{"preferred":%q}}`, name)
	for _, stream := range clusterStreams {
		if _, err := w.nc.Request("$JS.API.STREAM.LEADER.STEPDOWN."+stream, prefer, answerWithin); err != nil {
			return "", fmt.Errorf("have %s lead %s: %w", name, stream, err)
		}
	}
	return name, w.whole(ctx)
}

// whole waits until every stream and every consumer of the workers was seen with a leader and all its replicas current.
// Each is seen by itself: while events come, some follower lags a little most of the time.
func (w *world) whole(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	defer cancel()
	seen := make(map[string]bool)
	var last error
	for {
		missing := w.missing(ctx, seen)
		if missing == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = missing
		}
		if !wait(ctx, 200*time.Millisecond) {
			return last
		}
	}
}

// missing adds the groups that are complete now to those that were seen so, and tells of one that never was.
func (w *world) missing(ctx context.Context, seen map[string]bool) (last error) {
	if _, err := w.metaLeader(ctx); err != nil {
		return err
	}
	for name, group := range w.groups() {
		if seen[name] {
			continue
		}
		cluster, err := group(ctx)
		if err == nil {
			err = complete(cluster)
		}
		if err != nil {
			last = fmt.Errorf("%s: %w", name, err)
			continue
		}
		seen[name] = true
	}
	return last
}

// answerWithin bounds one request. A cluster that elects a leader may not answer at all.
const answerWithin = 5 * time.Second

// groups are what has a leader and followers of its own, each with a look at them.
func (w *world) groups() map[string]func(context.Context) (*jetstream.ClusterInfo, error) {
	groups := make(map[string]func(context.Context) (*jetstream.ClusterInfo, error))
	for _, stream := range clusterStreams {
		groups[stream] = func(ctx context.Context) (*jetstream.ClusterInfo, error) {
			ctx, cancel := context.WithTimeout(ctx, answerWithin)
			defer cancel()
			s, err := w.js.Stream(ctx, stream)
			if err != nil {
				return nil, err
			}
			return s.CachedInfo().Cluster, nil
		}
	}
	for stream, consumer := range map[string]string{messages.StreamEvents: streams.ConsumerEvents, messages.StreamLater: streams.ConsumerDue} {
		groups["consumer "+consumer] = func(ctx context.Context) (*jetstream.ClusterInfo, error) {
			ctx, cancel := context.WithTimeout(ctx, answerWithin)
			defer cancel()
			c, err := w.js.Consumer(ctx, stream, consumer)
			if err != nil {
				return nil, err
			}
			return c.CachedInfo().Cluster, nil
		}
	}
	return groups
}

var clusterStreams = []string{
	messages.StreamEvents, messages.StreamLater, messages.StreamChanges, messages.StreamDead, messages.StreamResend,
	"KV_" + messages.BucketHosts, "KV_" + messages.BucketBaselines, "KV_" + messages.BucketAttempts, "KV_" + messages.BucketItems, "KV_" + messages.BucketScans,
}

func complete(c *jetstream.ClusterInfo) error {
	if _, err := leaderOf(c); err != nil {
		return err
	}
	if len(c.Replicas) != members-1 {
		return fmt.Errorf("it has %d followers", len(c.Replicas))
	}
	for _, r := range c.Replicas {
		if r.Offline || !r.Current {
			return fmt.Errorf("%s is not current: %+v", r.Name, r)
		}
	}
	return nil
}

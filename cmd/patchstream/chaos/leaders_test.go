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
	stream := func(name string) victim {
		return victim{name, func(ctx context.Context) (string, error) {
			s, err := w.js.Stream(ctx, name)
			if err != nil {
				return "", err
			}
			return leaderOf(s.CachedInfo().Cluster)
		}}
	}
	consumer := victim{"consumer " + streams.ConsumerEvents, func(ctx context.Context) (string, error) {
		c, err := w.js.Consumer(ctx, messages.StreamEvents, streams.ConsumerEvents)
		if err != nil {
			return "", err
		}
		return leaderOf(c.CachedInfo().Cluster)
	}}
	return []victim{
		{"all streams", w.gather}, stream(messages.StreamChanges), consumer, stream(messages.StreamEvents), stream("KV_" + messages.BucketHosts),
		{"JetStream itself", w.metaLeader}, stream(messages.StreamDead), stream("KV_" + messages.BucketBaselines),
		stream("KV_" + messages.BucketAttempts), stream(messages.StreamLater), stream(messages.StreamResend),
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
	changes, err := w.js.Stream(ctx, messages.StreamChanges)
	if err != nil {
		return "", err
	}
	name, err := leaderOf(changes.CachedInfo().Cluster)
	if err != nil {
		return "", err
	}
	prefer := fmt.Appendf(nil, `{"placement":{"preferred":%q}}`, name)
	for _, stream := range clusterStreams {
		if _, err := w.nc.RequestWithContext(ctx, "$JS.API.STREAM.LEADER.STEPDOWN."+stream, prefer); err != nil {
			return "", fmt.Errorf("have %s lead %s: %w", name, stream, err)
		}
	}
	return name, w.whole(ctx)
}

// whole waits until every stream and every consumer of the workers has a leader and all its replicas are current. While
// events come, and on a busy machine, a follower lags a little most of the time.
func (w *world) whole(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	defer cancel()
	var last error
	for {
		missing := w.missing(ctx)
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

func (w *world) missing(ctx context.Context) error {
	if _, err := w.metaLeader(ctx); err != nil {
		return err
	}
	for _, name := range clusterStreams {
		stream, err := w.js.Stream(ctx, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := complete(stream.CachedInfo().Cluster); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for stream, name := range map[string]string{messages.StreamEvents: streams.ConsumerEvents, messages.StreamLater: streams.ConsumerDue} {
		c, err := w.js.Consumer(ctx, stream, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := complete(c.CachedInfo().Cluster); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

var clusterStreams = []string{
	messages.StreamEvents, messages.StreamLater, messages.StreamChanges, messages.StreamDead, messages.StreamResend,
	"KV_" + messages.BucketHosts, "KV_" + messages.BucketBaselines, "KV_" + messages.BucketAttempts,
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

// Package streams is the set-up of JetStream that the contract names: every stream, bucket and consumer,
// and what one that is there already must be like. It creates what is missing and leaves alone what an operator has
// chosen, replicas, ages and sizes; to an existing stream it adds the subjects that it lacks, as an older version has made
// it. Where something else does not fit that the guarantees rest on, it stops with the difference named. In a cluster all that it makes has three replicas, and one only where the cluster has
// settled with fewer than three servers. It never deletes anything.
package streams

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// ChangesMaxAge is how long PATCH_CHANGES keeps a change, unless an operator chooses otherwise.
const ChangesMaxAge = 400 * 24 * time.Hour

const (
	deadMaxAge   = 30 * 24 * time.Hour
	deadMaxBytes = 256 << 20 // workers keep to 16 MiB a host
	resendMaxAge = 7 * 24 * time.Hour

	// AttemptsMaxAge is how long an attempt at a message that may kill workers is remembered.
	AttemptsMaxAge = 7 * 24 * time.Hour

	baselineHistory = 64
	replicas        = 3 // where the cluster has them
)

// The durable consumers of the workers.
const (
	ConsumerEvents = "patchstream-worker"
	ConsumerDue    = "patchstream-due"
)

// Set is what a worker needs of JetStream.
type Set struct {
	Events, Later, Changes, Resend jetstream.Stream
	Worker, Due                    jetstream.Consumer
	Hosts, Attempts                jetstream.KeyValue

	// Incarnation is the id of this PATCH_CHANGES: made when the stream is created, anew after a restore.
	Incarnation string

	ChangesMaxAge time.Duration // 0: for ever

	// Alone are the streams that one server of a cluster keeps alone, since nobody else could when they were made
	// or since an operator wants it so. What that server loses is lost.
	Alone []string

	// Created is when PATCH_EVENTS, PATCH_LATER and PATCH_CHANGES were made, by name: one made anew counts from 1 again.
	Created map[string]time.Time
}

// Config says how [Ensure] makes what is missing.
type Config struct {
	// AckWait is how long a consumer that is made now waits for an acknowledgement.
	AckWait time.Duration

	// Settled says that a cluster is as large as it will be. Without it nothing is made in one that knows of fewer
	// than three servers, since it may have started just now.
	Settled bool
}

// Ensure finds or creates everything, each by a request that is bounded by [requestTimeout]. Where a cluster has no
// leader, not all its servers, or not enough of them and has not settled, it makes nothing with fewer replicas: the
// error is one for which [Unavailable] is true.
func Ensure(ctx context.Context, js jetstream.JetStream, cfg Config) (*Set, error) {
	found, set := make(map[string]jetstream.Stream), new(Set)
	for _, want := range wanted() {
		s, err := ensureStream(ctx, js, cfg, want)
		if err != nil {
			return nil, err
		}
		found[want.Name] = s
		set.keptBy(s.CachedInfo())
	}
	set.Events, set.Changes, set.Resend = found[messages.StreamEvents], found[messages.StreamChanges], found[messages.StreamResend]
	set.Later = found[messages.StreamLater]
	set.ChangesMaxAge = set.Changes.CachedInfo().Config.MaxAge
	set.Created = map[string]time.Time{
		messages.StreamEvents:  set.Events.CachedInfo().Created,
		messages.StreamLater:   set.Later.CachedInfo().Created,
		messages.StreamChanges: set.Changes.CachedInfo().Created,
	}
	var err error
	if set.Incarnation, err = incarnation(ctx, js, set.Changes.CachedInfo()); err != nil {
		return nil, err
	}
	if err := set.buckets(ctx, js, cfg); err != nil {
		return nil, err
	}
	if set.Worker, err = ensureConsumer(ctx, set.Events, ConsumerEvents, "", cfg); err != nil {
		return nil, err
	}
	set.Due, err = ensureConsumer(ctx, set.Later, ConsumerDue, messages.DueSubject(messages.AllHosts), cfg)
	return set, err
}

func wanted() []jetstream.StreamConfig {
	return []jetstream.StreamConfig{{
		Name:        messages.StreamEvents,
		Description: "What hosts and operators say; each event is taken once by a worker",
		Subjects: []string{
			messages.KindScan.Subject(messages.AllHosts), messages.KindRun.Subject(messages.AllHosts),
			messages.KindOverride.Subject(messages.AllHosts), messages.KindRecheck.Subject(messages.AllHosts),
			messages.KindRetire.Subject(messages.AllHosts),
		},
		Retention: jetstream.WorkQueuePolicy,
		Discard:   jetstream.DiscardNew,
	}, {
		Name:              messages.StreamLater,
		Description:       "What workers must look at again at a time",
		Subjects:          []string{messages.LaterSubjectsOfAll, messages.DueSubject(messages.AllHosts)},
		Retention:         jetstream.WorkQueuePolicy,
		Discard:           jetstream.DiscardOld,
		AllowMsgSchedules: true,
	}, {
		Name:        messages.StreamChanges,
		Description: "The numbered changes of every host, and of its status",
		Subjects:    []string{messages.ChangedSubject(messages.AllHosts), messages.StatusSubject(messages.AllHosts)},
		MaxAge:      ChangesMaxAge,
		Metadata:    map[string]string{metaIncarnation: newIncarnation()},
	}, {
		Name:        messages.StreamDead,
		Description: "Events that could not be read or applied, with the reason",
		Subjects:    []string{messages.DeadSubjectsOfAll},
		MaxAge:      deadMaxAge,
		MaxBytes:    deadMaxBytes,
		Discard:     jetstream.DiscardOld,
		Duplicates:  deadMaxAge,
	}, {
		Name:              messages.StreamResend,
		Description:       "Hosts that are asked for a full scan",
		Subjects:          []string{messages.ResendSubject(messages.AllHosts)},
		MaxMsgsPerSubject: 1,
		MaxAge:            resendMaxAge,
		AllowDirect:       true,
	}, {
		Name:              messages.BucketStream(messages.BucketScans),
		Description:       "Each host's newest full scan, as it was sent",
		Subjects:          []string{messages.KeySubject(messages.BucketScans, messages.AllHosts)},
		MaxMsgsPerSubject: 1,
		Discard:           jetstream.DiscardNew,
		AllowDirect:       true,
		AllowRollup:       true,
		AllowMsgTTL:       true, // else each removal leaves a mark for ever
		DenyDelete:        true,
	}}
}

// Missing returns the first stream that [Ensure] makes and that is not there: somebody deleted it under a running worker.
func Missing(ctx context.Context, js jetstream.JetStream) (string, error) {
	lister := js.StreamNames(ctx)
	there := make(map[string]bool)
	for name := range lister.Name() {
		there[name] = true
	}
	if err := lister.Err(); err != nil {
		return "", fmt.Errorf("list the streams: %w", err)
	}
	names := []string{"KV_" + messages.BucketHosts, "KV_" + messages.BucketBaselines, "KV_" + messages.BucketAttempts, "KV_" + messages.BucketItems}
	for _, want := range wanted() {
		names = append(names, want.Name)
	}
	for _, name := range names {
		if !there[name] {
			return name, nil
		}
	}
	return "", nil
}

// Replaced returns the first of the streams of [Set.Created] in the place of which somebody put another one.
func (set *Set) Replaced(ctx context.Context, js jetstream.JetStream) (string, error) {
	for _, name := range slices.Sorted(maps.Keys(set.Created)) {
		stream, err := js.Stream(ctx, name)
		if err != nil {
			return "", fmt.Errorf("stream %s: %w", name, err)
		}
		if !stream.CachedInfo().Created.Equal(set.Created[name]) {
			return name, nil
		}
	}
	return "", nil
}

// keptBy notes a stream that is on one server only.
func (set *Set) keptBy(info *jetstream.StreamInfo) {
	if alone(info) {
		set.Alone = append(set.Alone, info.Config.Name)
	}
}

// requestTimeout bounds one request: a cluster that has just started does not answer at all, and must be asked again.
const requestTimeout = 5 * time.Second

func ensureStream(ctx context.Context, js jetstream.JetStream, cfg Config, want jetstream.StreamConfig) (jetstream.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	s, err := js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = create(cfg, func(n int) (jetstream.Stream, error) {
			want.Replicas = n
			return reserve(want, func(want jetstream.StreamConfig) (jetstream.Stream, error) { return js.CreateStream(ctx, want) })
		})
		if err != nil {
			err = fmt.Errorf("it is missing, and could not be created: %w", err)
		}
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another worker was faster
			s, err = js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", want.Name, err)
	}
	if s, err = fit(ctx, js, s, want); err != nil {
		return nil, fmt.Errorf("stream %s: %w", want.Name, err)
	}
	return s, nil
}

// fit gives a stream the subjects that it lacks, if all else is as it must be. Those that it has beside are no difference.
func fit(ctx context.Context, js jetstream.JetStream, s jetstream.Stream, want jetstream.StreamConfig) (jetstream.Stream, error) {
	have := s.CachedInfo().Config
	lacking := slices.DeleteFunc(slices.Clone(want.Subjects), func(subject string) bool { return slices.Contains(have.Subjects, subject) })
	if err := fits(have, want); err != nil || len(lacking) == 0 {
		return s, err
	}
	have.Subjects = append(slices.Clone(have.Subjects), lacking...)
	s, err := js.UpdateStream(ctx, have)
	if err != nil {
		return nil, fmt.Errorf("it lacks the subjects %s, and could not be given them: %w", strings.Join(lacking, " "), err)
	}
	return s, nil
}

// fits compares what the guarantees rest on; everything else is the operator's choice.
func fits(have, want jetstream.StreamConfig) error {
	var wrong []string
	differ := func(what string, have, want any) {
		if have != want {
			wrong = append(wrong, fmt.Sprintf("%s is %v, must be %v", what, have, want))
		}
	}
	differ("retention", have.Retention, want.Retention)
	differ("discard", have.Discard, want.Discard)
	switch want.Name {
	case messages.StreamEvents:
		differ("max age", have.MaxAge, want.MaxAge)
		differ("allowing message schedules", have.AllowMsgSchedules, false)
	case messages.StreamLater:
		differ("allowing message schedules", have.AllowMsgSchedules, true)
	case messages.BucketStream(messages.BucketScans):
		differ("messages per subject", have.MaxMsgsPerSubject, want.MaxMsgsPerSubject)
		differ("max age", have.MaxAge, want.MaxAge)
		differ("allowing a time to live per message", have.AllowMsgTTL, true)
	case messages.StreamChanges:
		differ("allowing direct gets", have.AllowDirect, false)
		if have.MaxMsgsPerSubject > 0 {
			differ("messages per subject", have.MaxMsgsPerSubject, "unlimited")
		}
	}
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "; "))
	}
	return nil
}

func (set *Set) buckets(ctx context.Context, js jetstream.JetStream, cfg Config) (err error) {
	set.Hosts, err = set.ensureBucket(ctx, js, cfg, jetstream.KeyValueConfig{
		Bucket: messages.BucketHosts, Description: "Each host's facts, report and unsent changes", History: 1,
	})
	if err != nil {
		return err
	}
	if _, err = set.ensureBucket(ctx, js, cfg, jetstream.KeyValueConfig{
		Bucket: messages.BucketBaselines, Description: "Baselines, what they are bound to, and the settings", History: baselineHistory,
	}); err != nil {
		return err
	}
	set.Attempts, err = set.ensureBucket(ctx, js, cfg, jetstream.KeyValueConfig{
		Bucket: messages.BucketAttempts, Description: "Attempts at events that may kill workers", History: 1, TTL: AttemptsMaxAge,
	})
	if err != nil {
		return err
	}
	_, err = set.ensureBucket(ctx, js, cfg, jetstream.KeyValueConfig{
		Bucket: messages.BucketItems, Description: "Compliance items that other programs put on hosts", History: 1,
	})
	return err
}

func (set *Set) ensureBucket(ctx context.Context, js jetstream.JetStream, cfg Config, want jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	kv, err := js.KeyValue(ctx, want.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = create(cfg, func(n int) (jetstream.KeyValue, error) {
			want.Replicas = n
			return js.CreateKeyValue(ctx, want)
		})
		if err != nil {
			err = fmt.Errorf("it is missing, and could not be created: %w", err)
		}
		if errors.Is(err, jetstream.ErrBucketExists) {
			kv, err = js.KeyValue(ctx, want.Bucket)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", want.Bucket, err)
	}
	status, err := kv.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", want.Bucket, err)
	}
	if status, ok := status.(*jetstream.KeyValueBucketStatus); ok {
		set.keptBy(status.StreamInfo())
	}
	return kv, nil
}

// ensureConsumer finds or makes a durable pull consumer. Its deliveries stay unlimited: a limit would strand an
// event in the work queue for ever.
func ensureConsumer(ctx context.Context, s jetstream.Stream, name, filter string, cfg Config) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	c, err := s.Consumer(ctx, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		c, err = s.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
			Durable: name, FilterSubject: filter, AckPolicy: jetstream.AckExplicitPolicy, AckWait: cfg.AckWait,
			MaxDeliver: -1, MaxAckPending: maxAckPending,
		})
		if err != nil {
			err = fmt.Errorf("it is missing, and could not be created: %w", err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("consumer %s: %w", name, err)
	}
	have := c.CachedInfo().Config
	if have.AckPolicy != jetstream.AckExplicitPolicy || have.MaxDeliver > 0 {
		return nil, fmt.Errorf("consumer %s: it must acknowledge explicitly and have no limit of deliveries, it has %v and %d", name, have.AckPolicy, have.MaxDeliver)
	}
	return c, nil
}

// maxAckPending: what workers have taken they bound themselves, and what they gave back to come again later counts too. One
// host's flood must not keep the events of others from being delivered.
const maxAckPending = -1

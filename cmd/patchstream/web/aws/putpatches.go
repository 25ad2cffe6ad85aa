package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/oklog/ulid/v2"
	"golang.org/x/sync/errgroup"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/items"
	"github.com/patchstream/patchstream/worker/query"
)

// ownPrefix is what the ids of overrides begin with that were set over AWS's API: it withdraws none that was set otherwise.
const ownPrefix = "aws-"

// patchStateKey is the detail of an item that says which state is meant.
const patchStateKey = "PatchState"

// putPatches publishes an override for each item that says something new, and withdraws those that are not named any more.
func (s *service) putPatches(ctx context.Context, who Caller, in *ssm.PutComplianceItemsInput) error {
	if len(in.Items) > classify.MaxOverrides {
		return &types.TotalSizeLimitExceededException{Message: aws.String(fmt.Sprintf("%d states; of a host at most %d that were set by hand are kept", len(in.Items), classify.MaxOverrides))}
	}
	store, err := baselines.Open(ctx, s.JS)
	if err != nil {
		return err
	}
	settings, err := store.Settings(ctx)
	if err != nil {
		return err
	}
	host, err := s.Index.Record(ctx, *in.ResourceId)
	if err != nil {
		return err
	}
	lists, err := items.NewStore(s.JS).Lists(ctx, *in.ResourceId)
	if err != nil {
		return err
	}
	p := &putting{in: in, by: who.Name, host: host, before: items.Of(lists, items.TypePatch), settings: &settings, now: s.Now().UTC()}
	events, err := p.overrides()
	if err != nil {
		return err
	}
	if err := s.publishAll(ctx, events); err != nil {
		return err
	}
	l := s.listOf(who, in)
	for i := range in.Items {
		l.Items = append(l.Items, items.Item{ID: p.names[i], Severity: messages.Level(in.Items[i].Severity)})
	}
	if err := s.keep(ctx, in, l); err != nil {
		return err
	}
	s.awaitOverrides(ctx, *in.ResourceId, events)
	return nil
}

// putting is states that are put on the patches of a host.
type putting struct {
	in       *ssm.PutComplianceItemsInput
	by       string
	host     *query.Host
	before   *items.List // what was put last; nil: nothing
	settings *classify.Settings
	now      time.Time
	names    []string // of the patches of the items, once they are known
	named    map[string]bool
}

// overrides are the events that make the host's overrides what was put.
func (p *putting) overrides() ([]*messages.Override, error) {
	standing := make(map[string]*messages.Override, len(p.host.Overrides))
	for i := range p.host.Overrides {
		standing[p.host.Overrides[i].Patch] = &p.host.Overrides[i]
	}
	known := p.before != nil && p.before.Hash != "" && p.before.Hash == aws.ToString(p.in.ItemContentHash)
	p.named = make(map[string]bool, len(p.in.Items))
	var events []*messages.Override
	for i := range p.in.Items {
		e, err := p.override(i, standing)
		if err != nil {
			return nil, err
		}
		if p.named[e.Patch] {
			return nil, badContent(p.in, "items.%d.member.id: %s stands there a second time", i+1, e.Patch)
		}
		p.named[e.Patch], p.names = true, append(p.names, e.Patch)
		stands := standing[e.Patch]
		if says := stands != nil && p.same(stands, e); says && !p.ending(stands) || known && !says {
			continue
		}
		events = append(events, e)
	}
	if known || p.in.UploadType == types.ComplianceUploadTypePartial {
		return events, nil
	}
	return append(events, p.withdrawals(standing)...), nil
}

// override is what an item says.
func (p *putting) override(i int, standing map[string]*messages.Override) (*messages.Override, error) {
	item := &p.in.Items[i]
	patch := *item.Id
	if fit := query.Named(p.host.Report, patch); len(fit) == 1 {
		patch = fit[0].Patch
	} else if standing[patch] == nil {
		return nil, badContent(p.in, "items.%d.member.id: %s has no one patch %q", i+1, p.host.Report.Host, patch)
	}
	state, err := p.state(i)
	if err != nil {
		return nil, err
	}
	e := &messages.Override{
		ID: ownPrefix + ulid.Make().String(), Host: p.host.Report.Host, Patch: patch, State: state, Level: messages.Level(item.Severity),
		Reason: aws.ToString(item.Title), By: p.by, At: p.after(standing[patch]),
	}
	if e.Reason == "" {
		e.Reason = "PutComplianceItems"
	}
	e.ExpiresAt, err = p.settings.OverrideEnd("", e.At)
	return e, err
}

// after is now, and after what stands: of several overrides the newest counts.
func (p *putting) after(stands *messages.Override) time.Time {
	if stands != nil && !p.now.After(stands.At) {
		return stands.At.Add(time.Millisecond)
	}
	return p.now
}

// state is that of an item, which its status must not contradict.
func (p *putting) state(i int) (messages.State, error) {
	item := &p.in.Items[i]
	compliant := item.Status == types.ComplianceStatusCompliant
	word := item.Details[patchStateKey]
	switch {
	case word != "":
	case compliant:
		return messages.Installed, nil
	default:
		return messages.Missing, nil
	}
	state, known := stateOf(word)
	switch {
	case !known:
		return "", badContent(p.in, "items.%d.member.details.%s: unknown state %q: the states are %v", i+1, patchStateKey, word, messages.States())
	case compliant && state.NonCompliant() || !compliant && (state.Compliant() || state == messages.NotApplicable):
		return "", badContent(p.in, "items.%d.member: %s is not %s", i+1, state, item.Status)
	}
	return state, nil
}

// same reports whether what stands is what an event would say again.
func (p *putting) same(stands, e *messages.Override) bool {
	return strings.HasPrefix(stands.ID, ownPrefix) && stands.State == e.State && stands.Level == e.Level && stands.Reason == e.Reason
}

// ending reports whether less than half is left of the time for which an override was set: who puts it again means that it goes on.
func (p *putting) ending(stands *messages.Override) bool {
	return !stands.ExpiresAt.IsZero() && stands.ExpiresAt.Sub(p.now) < stands.ExpiresAt.Sub(stands.At)/2
}

// withdrawals end what was put and is not named any more: also what no worker has taken yet.
func (p *putting) withdrawals(standing map[string]*messages.Override) (events []*messages.Override) {
	var patches []string
	for patch, o := range standing {
		if strings.HasPrefix(o.ID, ownPrefix) {
			patches = append(patches, patch)
		}
	}
	if p.before != nil {
		for _, i := range p.before.Items {
			if standing[i.ID] == nil {
				patches = append(patches, i.ID)
			}
		}
	}
	slices.Sort(patches)
	for _, patch := range patches {
		if !p.named[patch] {
			events = append(events, &messages.Override{
				ID: ownPrefix + ulid.Make().String(), Host: p.host.Report.Host, Patch: patch, Withdraw: true, By: p.by, Reason: "PutComplianceItems", At: p.after(standing[patch]),
			})
		}
	}
	return events
}

// atATime is how many events are on their way at a time.
const atATime = 32

func (s *service) publishAll(ctx context.Context, events []*messages.Override) error {
	p, err := publisher.New(s.JS, publisher.Config{Timeout: publishTimeout})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atATime)
	for _, e := range events {
		group.Go(func() error { return p.Override(ctx, e) })
	}
	return group.Wait()
}

const publishTimeout = 10 * time.Second

// The wait for workers, so that who asks next sees what was put. It stands whether or not they are that fast.
const (
	awaitFor   = 2 * time.Second
	awaitEvery = 50 * time.Millisecond
)

// awaitOverrides waits until the record of a host has events, for a while.
func (s *service) awaitOverrides(ctx context.Context, host string, events []*messages.Override) {
	ctx, cancel := context.WithTimeout(ctx, awaitFor)
	defer cancel()
	wanted := make(map[string]*messages.Override, len(events))
	for _, e := range events {
		wanted[e.Patch] = e
	}
	for len(wanted) > 0 {
		h, err := s.Index.Record(ctx, host)
		if err != nil {
			return
		}
		there := make(map[string]string, len(h.Overrides))
		for i := range h.Overrides {
			there[h.Overrides[i].Patch] = h.Overrides[i].ID
		}
		for patch, e := range wanted {
			if id, is := there[patch]; is && id == e.ID || !is && e.Withdraw {
				delete(wanted, patch)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(awaitEvery):
		}
	}
}

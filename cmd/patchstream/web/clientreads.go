package web

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/deadletters"
	"github.com/patchstream/patchstream/worker/query"
)

// Names returns the names of all hosts that the key may see, the retired ones too, sorted.
func (c *Client) Names(ctx context.Context) ([]string, error) {
	values := url.Values{"fields": {"host"}}
	setList(values, "status", []messages.HostStatus{messages.Compliant, messages.NonCompliant, messages.Unknown, messages.Retired})
	names := []string{}
	err := lines(ctx, c, "/hosts", values, func(h struct{ Host string }) error { names = append(names, h.Host); return nil })
	slices.Sort(names)
	return names, err
}

// Baselines returns the baselines that the key may see.
func (c *Client) Baselines(ctx context.Context) ([]query.BaselineView, error) {
	return all[query.BaselineView](ctx, c, "/baselines", url.Values{})
}

// Groups returns the patch groups that the key may see.
func (c *Client) Groups(ctx context.Context) ([]query.GroupView, error) {
	return all[query.GroupView](ctx, c, "/groups", url.Values{})
}

// Patches returns the patches of the fleet that are meant, and how many there are.
func (c *Client) Patches(ctx context.Context, q query.PatchesQuestion) (list []query.FleetPatch, total int, err error) {
	values := FilterValues(&q.Hosts)
	setList(values, "patch_level", q.Levels)
	setList(values, "classification", q.Classifications)
	set(values, "name", q.Name)
	set(values, "standing_for", ageOf(q.StandingFor))
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
		var body page[query.FleetPatch]
		err = c.get(ctx, "/patches", values, &body)
		return body.Items, body.Total, err
	}
	list, err = all[query.FleetPatch](ctx, c, "/patches", values)
	return list, len(list), err
}

// Overrides returns those of a host, or, where that is empty, those that are in force on the fleet. [ErrNotFound]: there is no such host.
func (c *Client) Overrides(ctx context.Context, host string) ([]query.OverrideView, error) {
	path := "/overrides"
	if host != "" {
		path = "/hosts/" + url.PathEscape(host) + path
	}
	return all[query.OverrideView](ctx, c, path, url.Values{})
}

// Audit returns what was decided since a time, all that is kept where it is zero; by one, or by all where that is empty.
func (c *Client) Audit(ctx context.Context, since time.Time, by string) ([]query.AuditEntry, error) {
	values := url.Values{}
	set(values, "since", clock(&since))
	set(values, "by", by)
	return all[query.AuditEntry](ctx, c, "/audit", values)
}

// Settings returns what applies to all hosts and workers.
func (c *Client) Settings(ctx context.Context) (s classify.Settings, err error) {
	return s, c.get(ctx, "/settings", nil, &s)
}

// Baseline returns a baseline as it was stored, the newest revision of it where that is 0. [ErrNotFound]: there is none that the key may see.
func (c *Client) Baseline(ctx context.Context, id string, revision uint64) (text json.RawMessage, err error) {
	values := url.Values{}
	if revision > 0 {
		values.Set("revision", strconv.FormatUint(revision, 10))
	}
	return text, c.get(ctx, "/baselines/"+url.PathEscape(id), values, &text)
}

// Revisions returns those of a baseline that are kept, oldest first. [ErrNotFound]: there is none that the key may see.
func (c *Client) Revisions(ctx context.Context, id string) ([]query.RevisionView, error) {
	return all[query.RevisionView](ctx, c, "/baselines/"+url.PathEscape(id)+"/revisions", url.Values{})
}

// DeadLetters returns those of a host, of all where it is empty, without their payloads.
func (c *Client) DeadLetters(ctx context.Context, host string) ([]*deadletters.Letter, error) {
	values := url.Values{}
	set(values, "host", host)
	return all[*deadletters.Letter](ctx, c, "/dead-letters", values)
}

// DeadLetter returns one, with its payload. [ErrNotFound]: there is none that the key may see.
func (c *Client) DeadLetter(ctx context.Context, sequence uint64) (*deadletters.Letter, error) {
	l := new(deadletters.Letter)
	return l, c.get(ctx, "/dead-letters/"+strconv.FormatUint(sequence, 10), nil, l)
}

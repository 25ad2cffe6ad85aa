package web

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/worker/query"
)

// Client asks an API, as programs in any language may. It is safe for concurrent use.
type Client struct {
	URL string // as http://127.0.0.1:8420
	Key string // a token; empty: none is needed

	// HTTP asks; nil: [http.DefaultClient]. It should set no limit on the time of an answer: changes come without end.
	HTTP *http.Client
}

// ErrNotFound says that an API has not what was asked for.
var ErrNotFound = errors.New("not found")

// Hosts gives the hosts that answer a question to visit, in their order, and returns how many fit.
func (c *Client) Hosts(ctx context.Context, q query.HostsQuestion, visit func(query.HostView) error) (total int, err error) {
	values := FilterValues(&q.Filter)
	set(values, "sort", q.Sort)
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
		var body page[query.HostView]
		if err := c.get(ctx, "/hosts", values, &body); err != nil {
			return 0, err
		}
		for _, h := range body.Items {
			if err := visit(h); err != nil {
				return 0, err
			}
		}
		return body.Total, nil
	}
	err = lines(ctx, c, "/hosts", values, func(h query.HostView) error {
		total++
		return visit(h)
	})
	return total, err
}

// lines asks for a whole list, and gives its items to visit as they come.
func lines[T any](ctx context.Context, c *Client, path string, values url.Values, visit func(T) error) error {
	values.Set("format", formatNDJSON)
	response, err := c.do(ctx, path, values)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text := bufio.NewReaderSize(response.Body, 64<<10)
	for {
		line, err := text.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read what %s answers: %w", c.URL, err)
		}
		var item T
		if err := json.Unmarshal(line, &item); err != nil {
			return fmt.Errorf("read what %s answers: %w", c.URL, err)
		}
		if err := visit(item); err != nil {
			return err
		}
	}
}

// all asks for a whole list.
func all[T any](ctx context.Context, c *Client, path string, values url.Values) ([]T, error) {
	list := []T{}
	err := lines(ctx, c, path, values, func(item T) error { list = append(list, item); return nil })
	return list, err
}

// Host returns a host with its report. [ErrNotFound]: there is none of that name that the key may see.
func (c *Client) Host(ctx context.Context, name string) (*query.Host, error) {
	var v query.ReportView
	v.Report = new(classify.Report)
	if err := c.get(ctx, "/hosts/"+url.PathEscape(name)+"/report", nil, &v); err != nil {
		return nil, err
	}
	return query.HostOf(&v), nil
}

// Summary returns the fleet, added up.
func (c *Client) Summary(ctx context.Context) (*query.SummaryAnswer, error) {
	s := new(query.SummaryAnswer)
	return s, c.get(ctx, "/summary", nil, s)
}

func (c *Client) get(ctx context.Context, path string, values url.Values, into any) error {
	response, err := c.do(ctx, path, values)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("read what %s answers: %w", c.URL, err)
	}
	return nil
}

// patience is how long an API is asked again that reads the fleet yet, or is not ready otherwise.
const patience = time.Minute

// do asks, again where the API says that it is not ready yet, and makes an error of an answer that is a problem.
func (c *Client) do(ctx context.Context, path string, values url.Values) (*http.Response, error) {
	until := time.Now().Add(patience)
	for {
		response, err := c.once(ctx, path, values, "")
		var soon *notYetError
		if !errors.As(err, &soon) || time.Now().Add(soon.after).After(until) {
			return response, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(soon.after):
		}
	}
}

// notYetError says that an API is not ready, and when to ask again.
type notYetError struct {
	why   string
	after time.Duration
}

func (e *notYetError) Error() string { return e.why }

// once asks. lastEvent is the id of the last of the events that are asked for; empty: of others there is none.
func (c *Client) once(ctx context.Context, path string, values url.Values, lastEvent string) (*http.Response, error) {
	at := strings.TrimRight(c.URL, "/") + Prefix + path
	if len(values) > 0 {
		at += "?" + values.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	if lastEvent != "" {
		r.Header.Set("Last-Event-ID", lastEvent)
	}
	if c.Key != "" {
		r.Header.Set("Authorization", "Bearer "+c.Key)
	}
	asker := c.HTTP
	if asker == nil {
		asker = http.DefaultClient
	}
	response, err := asker.Do(r)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer func() { _ = response.Body.Close() }()
	var p huma.ErrorModel
	const enough = 64 << 10
	text, _ := io.ReadAll(io.LimitReader(response.Body, enough))
	if json.Unmarshal(text, &p) != nil || p.Detail == "" {
		return nil, fmt.Errorf("%s answers %s: is it the API of patchstream?", c.URL, response.Status)
	}
	why := p.Detail
	for _, d := range p.Errors {
		why += "; " + strings.TrimPrefix(d.Location, "query.") + ": " + d.Message
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && response.StatusCode == http.StatusServiceUnavailable {
		return nil, &notYetError{why, time.Duration(seconds) * time.Second}
	}
	if response.StatusCode == http.StatusNotFound {
		return nil, &refusedError{fmt.Errorf("%s: %w", why, ErrNotFound)}
	}
	if response.StatusCode < http.StatusInternalServerError {
		return nil, &refusedError{errors.New(why)}
	}
	return nil, errors.New(why)
}

// refusedError says why an API does not answer, and would not if it were asked again.
type refusedError struct{ error }

func (e *refusedError) Unwrap() error { return e.error }

// unreachable makes of why there is no answer what to do about it.
func (c *Client) unreachable(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var op *net.OpError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("the certificate of the API at %s is of an authority that we do not trust: name its authority with --api-ca", c.URL)
	case errors.As(err, &name):
		return fmt.Errorf("the certificate of the API at %s is for another name (%w): name it with --api as the certificate does", c.URL, err)
	case strings.Contains(err.Error(), "remote error: tls:"):
		return fmt.Errorf("the API at %s hung up (%w): it wants a certificate of ours that it trusts; give it with --api-cert and --api-cert-key", c.URL, err)
	case strings.HasPrefix(c.URL, "https:") && hungUp(err):
		return fmt.Errorf("the API at %s hung up (%w): where it wants a certificate of ours, give it with --api-cert and --api-cert-key", c.URL, err)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("the API at %s speaks no TLS: name it with http://", c.URL)
	case strings.Contains(err.Error(), "malformed HTTP"):
		return fmt.Errorf("what listens at %s does not speak HTTP: check the port in --api; the API has 8420 by default, and 4222 is for NATS", c.URL)
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Errorf("no API answers at %s (%w): start one with \"patchstream serve\" or \"patchstream api\", or name another with --api", c.URL, err)
	}
	return fmt.Errorf("ask %s: %w", c.URL, err)
}

// hungUp reports whether the other end closed the connection before it answered. Why it did so by TLS 1.3, which tells it after the
// handshake, may come too late to be read.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		strings.Contains(err.Error(), "client conn could not be established") // of net/http, for HTTP/2; it has no name
}

// FilterValues writes which hosts are meant as [ReadFilter] reads it, without the scope.
func FilterValues(f *query.Filter) url.Values {
	v := make(url.Values)
	setList(v, "status", f.Status)
	setList(v, "condition", f.Conditions)
	setList(v, "level", f.Levels)
	setList(v, "state", f.States)
	setList(v, "group", f.Groups)
	setList(v, "system", f.Systems)
	setList(v, "baseline", f.Baselines)
	for name, value := range map[string]string{
		"host": f.Host, "missing": f.Missing, "notice": f.Notice, "package": f.Package, "version": f.Version, "version_below": f.VersionBelow, "knows": f.Knows,
		"silent_for": ageOf(f.SilentFor), "older_than": ageOf(f.ScanOlderThan),
	} {
		set(v, name, value)
	}
	switch {
	case f.ChangedWithin > 0:
		v.Set("since", ageOf(f.ChangedWithin))
	case !f.ChangedSince.IsZero():
		v.Set("since", f.ChangedSince.UTC().Format(time.RFC3339Nano))
	}
	if f.Outdated {
		v.Set("outdated", "true")
	}
	return v
}

func set(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}

func setList[S ~string](v url.Values, name string, words []S) {
	if words != nil {
		v.Set(name, strings.Join(to[string](words), ","))
	}
}

func ageOf(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return classify.Age(d).String()
}

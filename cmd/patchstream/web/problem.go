package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/deadletters"
	"github.com/patchstream/patchstream/worker/history"
	"github.com/patchstream/patchstream/worker/query"
)

// retryAfter is how many seconds who came too soon should wait.
const retryAfter = "1"

// problem makes of an error what is answered (RFC 9457). Of a failure of our own the log has the rest.
func (a *api) problem(ctx context.Context, err error) error {
	return a.cfg.Problem(ctx, err)
}

// Problem makes of an error the status and the words with which it is answered, a [huma.StatusError]; nil stays nil. A failure of our own is
// logged, and its words say no more than that.
func (c *Config) Problem(ctx context.Context, err error) error {
	var known huma.StatusError
	var field *messages.FieldError
	var early *query.RetentionError
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, query.ErrOtherCursor):
		return huma.Error410Gone(err.Error(), detail("query.cursor", err.Error(), nil))
	case errors.Is(err, query.ErrCursor):
		return huma.Error422UnprocessableEntity("a parameter is wrong", detail("query.cursor", err.Error(), nil))
	case errors.As(err, &early):
		return huma.Error410Gone(err.Error(), detail("path.time", "the earliest is "+early.Earliest.Format(timeLayout), early.Earliest))
	case errors.Is(err, baselines.ErrSettings): // who asks is not at fault for the field in it
		return huma.Error500InternalServerError(err.Error())
	case errors.As(err, &field):
		return huma.Error422UnprocessableEntity("a parameter is wrong", detail(location(field.Field), field.Problem, nil))
	case errors.Is(err, baselines.ErrSystem):
		return huma.Error422UnprocessableEntity(err.Error())
	case errors.Is(err, baselines.ErrBound), errors.Is(err, baselines.ErrConflict):
		return huma.Error409Conflict(err.Error())
	case errors.Is(err, query.ErrUnknownHost), errors.Is(err, query.ErrNotYet), errors.Is(err, baselines.ErrNoBaseline), errors.Is(err, deadletters.ErrNoLetter):
		return huma.Error404NotFound(err.Error())
	case errors.Is(err, query.ErrNotWhole), errors.Is(err, query.ErrNoBucket), errors.Is(err, history.ErrNoStream), errors.Is(err, baselines.ErrNoBucket), errors.Is(err, deadletters.ErrNoStream),
		errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrDisconnected), errors.Is(err, nats.ErrTimeout), errors.Is(err, nats.ErrNoResponders),
		errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, context.DeadlineExceeded):
		return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable(err.Error()), http.Header{"Retry-After": {retryAfter}})
	}
	if ctx.Err() == nil {
		c.Log.Error().Err(err).Msg("a request failed")
	}
	return huma.Error500InternalServerError("the server failed to answer; its log says why")
}

const timeLayout = "2006-01-02T15:04:05.999999999Z07:00"

// location is where a field is that a room below names.
func location(field string) string {
	if slices.Contains([]string{"cursor", "limit", "sort", "by", "days"}, field) {
		return "query." + field
	}
	return field
}

func detail(location, message string, value any) *huma.ErrorDetail {
	return &huma.ErrorDetail{Location: location, Message: message, Value: value}
}

// knownParameters refuses a parameter that an operation does not have: a filter with a typo in its name would mean the whole fleet.
func (a *api) knownParameters(ctx huma.Context, next func(huma.Context)) {
	u := ctx.URL()
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		_ = huma.WriteErr(a.huma, ctx, http.StatusBadRequest, "the query cannot be read: "+err.Error())
		return
	}
	var known []string
	for _, p := range ctx.Operation().Parameters {
		if p.In == "query" {
			known = append(known, p.Name)
		}
	}
	for name := range values {
		if !slices.Contains(known, name) {
			there := "there are none"
			if len(known) > 0 {
				there = "there are " + strings.Join(known, ", ")
			}
			_ = huma.WriteErr(a.huma, ctx, http.StatusUnprocessableEntity, "a parameter is wrong",
				detail("query."+name, fmt.Sprintf("there is no such parameter: %s", there), values.Get(name)))
			return
		}
	}
	next(ctx)
}

package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"iter"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/worker/query"
)

// The formats of a list.
const (
	formatJSON   = "json"
	formatNDJSON = "ndjson"
	formatCSV    = "csv"
)

// ListParams are parameters of every list.
type ListParams struct {
	Format string   `query:"format" enum:"json,ndjson,csv" doc:"json is a page; ndjson, a line each, and csv are the whole list. Without it the header Accept decides." `
	Fields []string `query:"fields" doc:"only these fields of each, or columns of CSV, several with commas"`
	Accept string   `header:"Accept" hidden:"true"`

	EtagParams
}

// EtagParams are parameters of every answer in JSON.
type EtagParams struct {
	IfNoneMatch string `header:"If-None-Match" doc:"the ETag of an answer: where it is the same by now there is none, 304"`
}

func (p *ListParams) list() *ListParams { return p }
func (p *EtagParams) matching() string  { return p.IfNoneMatch }
func (p *ListParams) format() string {
	switch {
	case p.Format != "":
		return p.Format
	case strings.Contains(p.Accept, "text/csv"):
		return formatCSV
	case strings.Contains(p.Accept, "application/x-ndjson"):
		return formatNDJSON
	}
	return formatJSON
}

// PageParams are parameters of a list that comes in pages.
type PageParams struct {
	ListParams
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" doc:"at most so many; of a page 100, else all"`
	Cursor string `query:"cursor" doc:"next of the page before"`
}

const defaultPage = 100

// limit is how many are asked for; 0: all.
func (p *PageParams) limit() int {
	if p.Limit == 0 && p.format() == formatJSON {
		return defaultPage
	}
	return p.Limit
}

// listed is a list that is answered.
type listed[T any] struct {
	asOf  *query.AsOf // nil: it is none of the index
	total int
	next  string
	items iter.Seq2[T, error]
}

// page is a page of a list in JSON.
type page[T any] struct {
	AsOf  *query.AsOf `json:"as_of,omitempty"`
	Total int         `json:"total" doc:"of all pages"`
	Next  string      `json:"next,omitempty" doc:"cursor of the next page; absent: this is the last"`
	Items []T         `json:"items"`
}

// column is a column of CSV.
type column[T any] struct {
	name string
	of   func(*T) string
}

// answered is the answer to a request that is no list.
func get[I, O any, P interface {
	*I
	matching() string
}](a *api, op huma.Operation, answer func(context.Context, *I) (O, error)) {
	op.Method = http.MethodGet
	a.describe(&op, reflect.TypeFor[O]())
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		body, err := answer(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return a.writeJSON(body, P(in).matching())
	})
}

// list registers a list.
func list[I, T any, P interface {
	*I
	list() *ListParams
}](a *api, op huma.Operation, columns []column[T], answer func(context.Context, *I) (*listed[T], error)) {
	op.Method = http.MethodGet
	a.describe(&op, reflect.TypeFor[page[T]]())
	content := op.Responses["200"].Content
	content["application/x-ndjson"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "an item of the list a line, as JSON"}}
	content["text/csv"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "a header, and a row for each item"}}
	known := keysOf(reflect.TypeFor[T]())
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		p := P(in).list()
		chosen, err := choose(p, known, columns)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		l, err := answer(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		switch p.format() {
		case formatCSV:
			return stream("text/csv; charset=utf-8", func(w *patient) error { return writeCSV(w, chosen, l) }), nil
		case formatNDJSON:
			return stream("application/x-ndjson", func(w *patient) error { return writeNDJSON(w, p.Fields, l) }), nil
		}
		body := page[any]{AsOf: l.asOf, Total: l.total, Next: l.next, Items: []any{}}
		for item, err := range l.items {
			if err != nil {
				return nil, a.problem(ctx, err)
			}
			one, err := narrowed(item, p.Fields)
			if err != nil {
				return nil, a.problem(ctx, err)
			}
			body.Items = append(body.Items, one)
		}
		return a.writeJSON(body, p.IfNoneMatch)
	})
}

// describe says in the OpenAPI document what an operation answers.
func (a *api) describe(op *huma.Operation, body reflect.Type) {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(body, true, op.OperationID+"Answer")
	op.Responses["200"] = &huma.Response{
		Description: "the answer",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schema}},
		Headers:     map[string]*huma.Param{"ETag": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
	if op.Method == http.MethodGet {
		op.Responses["304"] = &huma.Response{Description: "the answer is that of If-None-Match"}
	}
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusServiceUnavailable)
}

func (a *api) writeJSON(body any, ifNoneMatch string) (*huma.StreamResponse, error) {
	text, asStored := body.(json.RawMessage) // which stays as it was written
	if !asStored {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	tag := etag(text)
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("ETag", tag)
		ctx.SetHeader("Cache-Control", "private, no-cache")
		if matches(ifNoneMatch, tag) {
			ctx.SetStatus(http.StatusNotModified)
			return
		}
		ctx.SetHeader("Content-Type", "application/json")
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write(append(text, '\n'))
	}}, nil
}

// etag is the same for the same answer: how far the index goes, with which an answer begins, is no part of it.
func etag(text []byte) string {
	if bytes.HasPrefix(text, []byte(`{"as_of":{`)) {
		text = text[bytes.IndexByte(text, '}'):]
	}
	sum := sha256.Sum256(text)
	return `W/"` + hex.EncodeToString(sum[:12]) + `"`
}

func matches(ifNoneMatch, tag string) bool {
	for one := range strings.SplitSeq(ifNoneMatch, ",") {
		if one = strings.TrimSpace(one); one == "*" || one == tag || "W/"+one == tag {
			return true
		}
	}
	return false
}

// items gives the elements of a slice.
func items[T any](all []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range all {
			if !yield(item, nil) {
				return
			}
		}
	}
}

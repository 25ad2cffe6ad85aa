package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/messages"
)

// malformation is one sort of event that can never work.
type malformation struct {
	sort  string
	kind  messages.Kind
	field string                             // that the reason must name
	spoil func(m map[string]any)             // changes the JSON of a good event
	raw   func(good []byte) []byte           // changes the payload
	wrap  func(header nats.Header)           // changes the headers
	to    func(kind, host string) (s string) // changes the subject
}

// malformations are written against the contract, not against the decoder.
func malformations() []malformation {
	const scan, run, override, recheck = messages.KindScan, messages.KindRun, messages.KindOverride, messages.KindRecheck
	set := func(field string, v any) func(map[string]any) { return func(m map[string]any) { m[field] = v } }
	unset := func(field string) func(map[string]any) { return func(m map[string]any) { delete(m, field) } }
	header := func(name, value string) func(nats.Header) { return func(h nats.Header) { h[name] = []string{value} } }
	bytesOf := func(text string) func([]byte) []byte { return func([]byte) []byte { return []byte(text) } }
	first := func(m map[string]any, list string) map[string]any { return m[list].([]any)[0].(map[string]any) }
	return []malformation{
		{sort: "text", kind: scan, field: "payload", raw: bytesOf("no event at all"), wrap: header("Content-Type", "application/msgpack")},
		{sort: "cut off", kind: scan, field: "payload", raw: bytesOf("\x85"), wrap: header("Content-Type", "application/msgpack")},
		{sort: "empty", kind: run, field: "payload", raw: bytesOf("")},
		{sort: "2^32 packages", kind: scan, field: "packages", raw: bytesOf("\x81\xa8packages\xdd\xff\xff\xff\xff"), wrap: header("Content-Type", "application/msgpack")},
		{sort: "not zstd", kind: scan, field: "payload", wrap: header("Content-Encoding", "zstd")},
		{sort: "bomb", kind: scan, field: "payload", raw: func([]byte) []byte { return bomb() }, wrap: header("Content-Encoding", "zstd")},
		{sort: "unknown encoding", kind: scan, field: "Content-Encoding", wrap: header("Content-Encoding", "gzip")},
		{sort: "unknown type", kind: scan, field: "Content-Type", wrap: header("Content-Type", "text/plain")},
		{sort: "schedule", kind: recheck, field: "nats-schedule", wrap: header("nats-schedule", "@every 1s")},
		{sort: "host in the subject", kind: scan, field: "subject", to: func(kind, _ string) string { return "patch." + kind + ".no=host" }},
		{sort: "another host", kind: override, field: "host", spoil: set("host", "somebody.else")},
		{sort: "another major", kind: run, field: "v", spoil: set("v", 2)},
		{sort: "no id", kind: override, field: "id", spoil: unset("id")},
		{sort: "id with a space", kind: scan, field: "id", spoil: set("id", "not an id")},
		{sort: "year 1970", kind: scan, field: "taken_at", spoil: set("taken_at", "1970-01-01T00:00:00Z")},
		{sort: "year 2036", kind: run, field: "finished_at", spoil: set("finished_at", "2036-02-07T06:28:16Z")},
		{sort: "year 9999", kind: override, field: "at", spoil: set("at", "9999-12-31T23:59:59Z")},
		{sort: "boot after the scan", kind: scan, field: "booted_at", spoil: func(m map[string]any) {
			m["booted_at"] = must(time.Parse(time.RFC3339, m["taken_at"].(string))).Add(time.Second)
		}},
		{sort: "package twice", kind: scan, field: "packages[1].name", spoil: func(m map[string]any) {
			m["packages"] = []any{first(m, "packages"), first(m, "packages")}
		}},
		{sort: "no package", kind: scan, field: "packages", spoil: set("packages", []any{})},
		{sort: "300 bytes of version", kind: scan, field: "packages[0].installed", spoil: func(m map[string]any) {
			first(m, "packages")["installed"] = strings.Repeat("1", 300)
		}},
		{sort: "no such origin", kind: scan, field: "packages[0].versions[0].origins[0]", spoil: func(m map[string]any) {
			first(first(m, "packages"), "versions")["origins"] = []any{7}
		}},
		{sort: "no target", kind: run, field: "outcomes[0].to", spoil: func(m map[string]any) {
			outcome := first(m, "outcomes")
			outcome["result"] = "installed"
			delete(outcome, "to")
		}},
		{sort: "unknown operation", kind: run, field: "operation", spoil: set("operation", "pray")},
		{sort: "unknown state", kind: override, field: "state", spoil: set("state", "GONE")},
		{sort: "no reason", kind: override, field: "reason", spoil: unset("reason")},
	}
}

// malformed returns an event that must end in the dead letters.
func (t *teller) malformed(h *host, own time.Time) *event {
	all := malformations()
	m := all[t.IntN(len(all))]
	id := fmt.Sprintf("bad-%05d", len(t.history.events))
	e := &event{
		kind: m.kind, host: h.name, id: id, subject: m.kind.Subject(h.name), sort: m.sort, field: m.field,
		header: nats.Header{"Content-Type": {"application/json"}},
	}
	e.payload = t.good(h, m.kind, id, own)
	if m.spoil != nil {
		var fields map[string]any
		if err := json.Unmarshal(e.payload, &fields); err != nil {
			panic(err)
		}
		m.spoil(fields)
		e.payload = must(json.Marshal(fields))
	}
	if m.raw != nil {
		e.payload = m.raw(e.payload)
	}
	if m.wrap != nil {
		m.wrap(e.header)
	}
	if m.to != nil {
		e.subject = m.to(string(m.kind), h.name)
	}
	return e
}

// good returns the JSON of an event with nothing wrong and nothing left out.
func (t *teller) good(h *host, kind messages.Kind, id string, own time.Time) []byte {
	if kind == messages.KindOverride {
		return must(messages.Encode(&messages.Override{
			ID: id, Host: h.name, Patch: "p1.amd64", State: messages.Installed, Reason: "none", By: "chaos", At: own,
		}, messages.JSON))
	}
	said := t.say(h, kind, id, own)
	if kind == messages.KindScan {
		said = &messages.Scan{
			ID: id, Host: h.name, TakenAt: own, Complete: true, OS: messages.OS{System: h.system}, Origins: t.origins(own),
			Packages: []messages.Package{t.pkg(0, &messages.Scan{})},
		}
	}
	return must(messages.Encode(said, messages.JSON))
}

// bomb is a little zstd that decompresses to more than any event may have.
var bomb = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	w := must(zstd.NewWriter(&packed))
	for range messages.MaxDecompressedBytes>>20 + 1 {
		must(w.Write(make([]byte, 1<<20)))
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return packed.Bytes()
})

package chaos

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// oddHeaders are names by which NATS or HTTP speaks, and such as nobody expects.
func oddHeaders() []string {
	names := []string{
		"Nats-Rollup", "Nats-TTL", "Nats-Incr", "Nats-Expected-Stream", "Nats-Expected-Last-Msg-Id", "Nats-Expected-Last-Sequence",
		"Nats-Expected-Last-Subject-Sequence", "Nats-Batch-Id", "Nats-Batch-Sequence", "Nats-Batch-Commit", "Nats-Marker-Reason",
		"Nats-Schedule", "Nats-Schedule-Target", "Nats-Schedule-TTL", "Nats-Trace-Dest", "Nats-Trace-Only", "Nats-Required-Api-Level",
		"Nats-Stream", "Nats-Sequence", "Nats-Subject", "Nats-Time-Stamp", "Nats-Last-Sequence", "Nats-Last-Consumer", "Nats-Last-Stream",
		"Nats-Consumer-Stalled", "Nats-Msg-Size", "Nats-Response-Type", "Nats-Service-Error", "Nats-Service-Error-Code", "Nats-Num-Pending",
		"Nats-UpTo-Sequence", "Nats-Stream-Source", "Nats-Applied-Limit", "Status", "Description", "Nats-Pending-Messages", "Nats-Pin-Id",
		"KV-Operation", "Content-Type", "Content-Encoding", "Patch-Dead-Reason", "Patch-Summary", "Patch-Revision", "Patch-Commit", "Patch-Changed",
		"traceparent", "x", strings.Repeat("n", 60_000), "Ünïcödé", "a b", "\u202e",
	}
	for _, name := range names[:20] {
		names = append(names, strings.ToLower(name), strings.ToUpper(name))
	}
	return names
}

// oddMisdeeds are such as nobody has a name for.
func oddMisdeeds() []misdeed {
	return []misdeed{
		{name: "headers of all sorts, alone and all together", do: func(ctx context.Context, a *adversary) {
			for _, name := range oddHeaders() {
				for _, value := range []string{"", "0", "-1", "100", "18446744073709551616", "all", "sub", "PURGE", "$JS.API.STREAM.DELETE.PATCH_EVENTS", "\x7f\x1b[2J", strings.Repeat("v", 4000)} {
					a.later(messages.KindScan.Subject(badHost), []byte("{}"), nats.Header{name: {value}})
				}
			}
			all := make(nats.Header)
			for n := range 20_000 {
				all[fmt.Sprint("h", n)] = []string{"v", "v"}
			}
			a.later(messages.KindRun.Subject(badHost), nil, all)
			a.later(messages.KindRun.Subject(badHost), nil, nats.Header{"X": {strings.Repeat("v", 3<<20)}})
		}, check: lettersAreFew},
		{name: "ids as long as may be, and longer", do: func(ctx context.Context, a *adversary) {
			for n := range 200 {
				a.later(messages.KindScan.Subject(badHost), []byte("{}"), nats.Header{nats.MsgIdHdr: {fmt.Sprint(n, strings.Repeat("i", 50_000))}})
			}
		}, check: lettersAreFew},
		{name: "subjects of all sorts", do: func(ctx context.Context, a *adversary) {
			for n := range 1000 {
				prefix := []string{"patch.scan." + badHost + ".", "patch.run.BAD-", "patch.override.bad_", "patch.recheck." + strings.Repeat("x", 200), "patch.retire.é"}
				a.later(prefix[n%5]+fmt.Sprint(n), []byte("{}"), nil)
			}
		}},
		{name: "events of all times", do: func(ctx context.Context, a *adversary) {
			for n := range 300 {
				for _, at := range []time.Time{{}, time.Unix(0, 0), messages.OldestTime(), time.Now().Add(messages.MaxClockAhead), time.Now().Add(time.Hour), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)} {
					body := fmt.Sprintf(`{"v":1,"id":"%d-%d","host":%q,"taken_at":%q,"complete":true,"os":{"system":"UBUNTU"},"packages":[{"name":"bash","arch":"amd64","installed":"1.%d"}]}`,
						n, at.Unix(), badHost, at.UTC().Format(time.RFC3339), n)
					a.later(messages.KindScan.Subject(badHost), []byte(body), nats.Header{"Content-Type": {"application/json"}})
				}
			}
		}, check: lettersAreFew},
		{name: "dead letters of all kinds, put back all the time", do: func(ctx context.Context, a *adversary) {
			for n := range 40 {
				for _, kind := range messages.Kinds() {
					a.later(kind.Subject(badHost), noise(n, 1<<20), nil)
				}
				a.replay(ctx)
			}
		}, check: lettersAreFew},
		{name: "subscriptions and requests without end", do: func(ctx context.Context, a *adversary) {
			nc := connect(a.T, a.url)
			for n := range 5000 {
				if _, err := nc.Subscribe(fmt.Sprint("patch.resend.", badHost, n), func(*nats.Msg) {}); err != nil {
					return
				}
			}
			for n := range 5000 {
				_ = nc.PublishRequest("patch.scan."+badHost, fmt.Sprint("nobody.", n), nil)
			}
		}, check: lettersAreFew},
		{name: "requests to HTTP that never end", do: func(ctx context.Context, a *adversary) {
			for range 200 {
				slow, err := net.DialTimeout("tcp", a.web, time.Second)
				if err != nil {
					continue
				}
				a.Cleanup(func() { _ = slow.Close() })
				go func() {
					for _, err := fmt.Fprint(slow, "GET /metrics HTTP/1.1\r\nHost: x\r\n"); err == nil && wait(ctx, 100*time.Millisecond); {
						_, err = fmt.Fprint(slow, "X: y\r\n")
					}
				}()
			}
		}},
	}
}

// later publishes and does not wait for an answer.
func (a *adversary) later(subject string, body []byte, headers nats.Header) {
	_ = a.nc.PublishMsg(&nats.Msg{Subject: subject, Data: body, Header: headers})
}

// replay puts back what the bad host's dead letters hold, as an operator may who does not look.
func (a *adversary) replay(ctx context.Context) {
	stream, err := a.js.Stream(ctx, messages.StreamDead)
	if err != nil {
		return
	}
	for seq := uint64(0); ; {
		m, err := stream.GetMsg(ctx, seq+1, jetstream.WithGetMsgSubject("patch.dead.*."+badHost))
		if err != nil {
			return
		}
		seq = m.Sequence
		a.later(m.Header.Get(messages.HeaderDeadSubject), m.Data, nil)
	}
}

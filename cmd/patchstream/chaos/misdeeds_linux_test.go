package chaos

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/worker/workertest"
)

// eventMisdeeds are what a host may do with events of its own.
func eventMisdeeds() []misdeed {
	return []misdeed{
		{name: "events that look like heartbeats of the server", do: func(ctx context.Context, a *adversary) {
			for range 300 {
				a.send(ctx, messages.KindScan, nil, "Status", "100")
			}
		}, check: named("Status")},
		{name: "events that say the consumer was deleted", do: func(ctx context.Context, a *adversary) {
			a.send(ctx, messages.KindScan, nil, "Status", "409", "Description", "Consumer Deleted")
		}, check: named("Status")},
		{name: "events that end a request with a count that is no number", do: func(ctx context.Context, a *adversary) {
			a.send(ctx, messages.KindScan, nil, "Status", "408", "Nats-Pending-Messages", "many")
		}, check: named("Status", "Nats-Pending-Messages")},
		{name: "events that pin a client", do: func(ctx context.Context, a *adversary) {
			a.send(ctx, messages.KindScan, []byte("{}"), "Nats-Pin-Id", "somebody")
		}, check: named("Nats-Pin-Id")},
		{name: "events that nobody answers for", do: func(ctx context.Context, a *adversary) {
			a.send(ctx, messages.KindRun, nil, "Status", "503")
		}, check: named("Status")},
		{name: "a scan of the longest names with many versions", do: func(ctx context.Context, a *adversary) {
			body, encoding := pack.Compress(longNamedJSON(1000), 0)
			a.send(ctx, messages.KindScan, body, "Content-Type", "application/json", "Content-Encoding", encoding)
		}, check: named("packages")},
		{name: "a large scan, and small events that each have it judged anew", do: func(ctx context.Context, a *adversary) {
			scan := a.longNamed(60, 0)
			a.sendEvent(ctx, scan)
			for n := range 200 {
				same := *scan
				same.ID, same.TakenAt = fmt.Sprintf("same-%d", n), scan.TakenAt.Add(time.Duration(n+1)*time.Millisecond)
				same.Unchanged, same.Packages = true, nil
				a.sendEvent(ctx, &same)
			}
		}},
		{name: "small events by the thousand", do: func(ctx context.Context, a *adversary) {
			scan := honestScan(0)
			for n := range 5000 {
				scan.Host, scan.ID, scan.TakenAt = badHost, fmt.Sprintf("flood-%d", n), time.Now()
				a.sendLater(scan)
			}
		}},
		{name: "ten hosts with large scans, and small events that each have it judged anew", within: 5 * time.Minute, do: func(ctx context.Context, a *adversary) {
			for n := range 10 {
				scan := a.longNamed(60, n)
				scan.Host = fmt.Sprintf("bad-%d.example", n)
				a.sendEvent(ctx, scan)
				for i := range 60 {
					same := *scan
					same.ID, same.TakenAt = fmt.Sprintf("same-%d", i), scan.TakenAt.Add(time.Duration(i+1)*time.Millisecond)
					same.Unchanged, same.Packages = true, nil
					a.sendEvent(ctx, &same)
				}
			}
		}},
		{name: "large scans one after the other", do: func(ctx context.Context, a *adversary) {
			for n := range 10 {
				a.sendEvent(ctx, a.longNamed(60, n))
			}
		}},
	}
}

// longNamedJSON is a scan that no publisher of ours would send: 24,000 packages with names of so many bytes and 8 versions each.
func longNamedJSON(nameBytes int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"v":1,"id":"long","host":%q,"taken_at":%q,"complete":true,"os":{"system":"UBUNTU"},"packages":[`, badHost, time.Now().UTC().Format(time.RFC3339))
	for i := range 24_000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"name":"%0*d","arch":"amd64","installed":"1","versions":[`, nameBytes, i)
		for v := range 8 {
			fmt.Fprintf(&b, `%s{"version":"1.%d"}`, []string{"", ","}[min(v, 1)], v)
		}
		b.WriteString("]}")
	}
	b.WriteString("]}")
	return b.Bytes()
}

// longNamed is a scan of as many packages with as many versions as there may be; its names are that long.
func (a *adversary) longNamed(nameBytes, n int) *messages.Scan {
	const packages, versions = 24_000, 8
	s := workertest.Scan(badHost, 0)
	for i := range packages {
		p := messages.Package{Name: fmt.Sprintf("%0*d", nameBytes, i), Arch: "amd64", Installed: new("1.0-1")}
		for v := range versions {
			p.Versions = append(p.Versions, messages.Version{Version: fmt.Sprintf("1.%d-1", v), Origins: []int{1}})
		}
		s.Packages = append(s.Packages, p)
	}
	s.ID, s.TakenAt = fmt.Sprintf("long-%d", n), time.Now().UTC().Add(-time.Minute)
	s.Packages[n].Installed = new("1.1-1")
	s.Hash = messages.ContentHash(s)
	return s
}

// named: the bad host has dead letters, and each of their reasons begins with one of the names.
func named(names ...string) func(context.Context, *adversary) {
	return func(ctx context.Context, a *adversary) {
		a.Helper()
		reasons := a.reasons(ctx)
		if len(reasons) == 0 {
			a.Errorf("no dead letter of %s", badHost)
		}
		for _, reason := range reasons {
			if !hasPrefix(reason, names) {
				a.Errorf("the reason %q names none of %q", reason, names)
			}
		}
	}
}

func hasPrefix(text string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}

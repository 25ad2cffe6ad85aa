package publisher_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

// A patch runner tells what it did, and then what the host looks like. The second scan, an hour later, finds the same
// packages, so only their hash goes out.
func ExamplePublisher() {
	js, stop := exampleServer() // elsewhere: nats.Connect, jetstream.New
	defer stop()
	ctx, now := context.Background(), time.Now()
	p, err := publisher.New(js, publisher.Config{Host: "web-1.example.org", Now: func() time.Time { return now }})
	if err != nil {
		log.Fatal(err)
	}

	version := "3.0.11-1~deb12u2"
	err = p.Run(ctx, &messages.Run{
		ID: "run-42", RunID: "nightly", Operation: messages.OperationInstall, StartedAt: now, FinishedAt: now,
		Outcomes: []messages.Outcome{{Name: "openssl", Arch: "amd64", From: "3.0.9-1", To: &version, Result: messages.ResultInstalled}},
	})
	fmt.Println("run:", err)

	for range 2 {
		err = p.Scan(ctx, &messages.Scan{
			TakenAt: now, Complete: true, OS: messages.OS{System: "DEBIAN", Product: "Debian12"},
			Packages: []messages.Package{{Name: "openssl", Arch: "amd64", Installed: &version}},
		})
		fmt.Println("scan:", err)
		now = now.Add(time.Hour)
	}

	err = p.Run(ctx, &messages.Run{ID: "run-43", Operation: "upgrade", StartedAt: now, FinishedAt: now})
	fmt.Println("run:", err)
	fmt.Println("in the stream:", exampleEvents(js))

	// Output:
	// run: <nil>
	// scan: <nil>
	// scan: <nil>
	// run: run of web-1.example.org: run_id: is required
	// in the stream: [patch.run.web-1.example.org, patch.scan.web-1.example.org, patch.scan.web-1.example.org unchanged]
}

// exampleServer runs a server inside the process, with the streams that a worker makes.
func exampleServer() (jetstream.JetStream, func()) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	s, err := workertest.Start(&server.Options{ServerName: "example", DontListen: true, NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir})
	if err != nil {
		log.Fatal(err)
	}
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		log.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := streams.Ensure(context.Background(), js, streams.Config{AckWait: time.Minute}); err != nil {
		log.Fatal(err)
	}
	return js, func() {
		nc.Close()
		workertest.Stop(s)
		_ = os.RemoveAll(dir)
	}
}

// exampleEvents returns the subjects in PATCH_EVENTS, and which scans say that nothing changed.
func exampleEvents(js jetstream.JetStream) string {
	ctx := context.Background()
	stream, err := js.Stream(ctx, messages.StreamEvents)
	if err != nil {
		log.Fatal(err)
	}
	list := ""
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		m, err := stream.GetMsg(ctx, seq)
		if err != nil {
			log.Fatal(err)
		}
		list += ", " + m.Subject
		e, err := messages.Decode(messages.KindScan, m.Data, messages.Encoding{ContentEncoding: m.Header.Get("Content-Encoding")})
		if err == nil && e.(*messages.Scan).Unchanged {
			list += " unchanged"
		}
	}
	return "[" + list[2:] + "]"
}

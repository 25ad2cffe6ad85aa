package worker_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/worker/workertest"
)

// largeScan is a scan of so many packages that it is stored as it was sent, and compared byte by byte with the next one.
func largeScan(host string, minute int, change ...func(packages []messages.Package)) *messages.Scan {
	packages := make([]messages.Package, 300)
	for i := range packages {
		packages[i] = workertest.Package(fmt.Sprintf("lib-of-many-%03d", i), "1.0-1ubuntu1")
	}
	for _, c := range change {
		c(packages)
	}
	return workertest.Scan(host, minute, packages...)
}

// likeOurs is an event as our publishers send a large one.
func likeOurs(t testing.TB, m *nats.Msg) *nats.Msg {
	t.Helper()
	var encoding string
	if m.Data, encoding = pack.Compress(m.Data, 0); encoding == "" {
		t.Fatal("it does not get smaller")
	}
	return with(m, messages.HeaderContentEncoding, encoding)
}

// relisted is a scan with other packages than it may have; those that stay keep their bytes.
func relisted(t testing.TB, s *messages.Scan, change func(packages []msgpack.RawMessage) []msgpack.RawMessage) *nats.Msg {
	t.Helper()
	m := workertest.Encode(t, s)
	var fields map[string]msgpack.RawMessage
	var packages []msgpack.RawMessage
	err := errors.Join(msgpack.Unmarshal(m.Data, &fields), msgpack.Unmarshal(fields["packages"], &packages))
	if err == nil {
		fields["packages"], err = msgpack.Marshal(change(packages))
	}
	if err == nil {
		m.Data, err = msgpack.Marshal(fields)
	}
	if err != nil {
		t.Fatal(err)
	}
	return likeOurs(t, m)
}

// twice lists the first package a second time, at another version.
func twice(packages []msgpack.RawMessage) []msgpack.RawMessage {
	return append(packages, bytes.ReplaceAll(packages[0], []byte("1.0-1ubuntu1"), []byte("1.0-1ubuntu2")))
}

func TestAFullScanIsRefusedForItsPackagesAsOneThatIsReadWhole(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	first, second := largeScan("web-1", 10), largeScan("web-1", 30, func(packages []messages.Package) {
		packages[7] = workertest.Package("lib-of-many-007", "1.0-1ubuntu1", "1.0-1ubuntu2")
	})
	workertest.Send(t, js, likeOurs(t, workertest.Encode(t, first)))
	workertest.Applied(t, js)
	bad := map[string]*nats.Msg{
		"newer, with what was listed before": relisted(t, largeScan("web-1", 20), twice),
		"older than the newest":              relisted(t, largeScan("web-1", 5), twice),
		"of a host that nobody knows":        relisted(t, largeScan("web-2", 5), twice),
		"cut within a package": relisted(t, largeScan("web-1", 21), func(packages []msgpack.RawMessage) []msgpack.RawMessage {
			packages[9] = msgpack.RawMessage("\x93\xa1a\xc3\xa11") // an architecture that is no string
			return packages
		}),
	}
	names := make(map[uint64]string)
	for name, m := range bad {
		names[workertest.Send(t, js, m)] = name
		workertest.Applied(t, js) // so that it is not handled together with others
	}
	workertest.Send(t, js, likeOurs(t, workertest.Encode(t, second)))
	workertest.Applied(t, js)
	letters := deadLetters(t, js)
	if len(letters) != len(bad) {
		t.Errorf("%d dead letters of %d bad scans", len(letters), len(bad))
	}
	for _, letter := range letters {
		var sequence uint64
		if _, err := fmt.Sscan(letter.Header.Get(messages.HeaderDeadSequence), &sequence); err != nil {
			t.Fatal(err)
		}
		_, want := messages.Decode(messages.KindScan, letter.Data, messages.EncodingOf(letter.Header))
		if got := letter.Header.Get(messages.HeaderDeadReason); want == nil || got != want.Error() {
			t.Errorf("%s: refused for %q, and read whole for %v", names[sequence], got, want)
		}
	}
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), first, second)
}

// A host whose list changes a little with every scan, in all the ways in which lists change.
func TestFullScansOfWhichLittleChangedAreClassifiedAsIfAllWereRead(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	var scans []messages.Event
	send := func(scan *messages.Scan) {
		scans = append(scans, scan)
		workertest.Send(t, js, likeOurs(t, workertest.Encode(t, scan)))
		workertest.Applied(t, js)
	}
	send(largeScan("web-1", 1))
	send(largeScan("web-1", 2))
	send(largeScan("web-1", 3, func(p []messages.Package) {
		for i := 0; i < len(p); i += 60 {
			p[i] = workertest.Package(p[i].Name, "1.0-1ubuntu1", "1.0-1ubuntu2")
		}
	}))
	send(largeScan("web-1", 4, func(p []messages.Package) { p[0], p[299] = p[299], p[0] }))
	shorter := largeScan("web-1", 5)
	shorter.Packages = append([]messages.Package{workertest.Package("aaa", "1", "2")}, shorter.Packages[5:]...)
	send(shorter)
	kernel := largeScan("web-1", 6)
	kernel.Packages = append(kernel.Packages, workertest.Package("linux-image-5.15.0-101-generic", "5.15.0-101.1"))
	send(kernel)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), scans...)
}

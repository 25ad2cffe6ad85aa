package natsd

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
)

// Whoever reaches the port may have the server log words of his own.
func TestWordsOfAStrangerAreNoFailureOfTheDisk(t *testing.T) {
	s := up(t, Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0", Log: zerolog.Nop()})
	defer s.Shutdown()
	for _, said := range []string{"%s\r\n", "CONNECT {\"verbose\":true}\r\n%s\r\n", "CONNECT {\"nkey\":\"%[1]s\",\"name\":\"%[1]s\"}\r\nPUB %[1]s\r\n"} {
		conn, err := net.DialTimeout("tcp", s.current().Addr().String(), patience)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(conn, said, syscall.ENOSPC.Error()); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); err != nil { // the server hangs up, once it has logged why
			t.Log(err)
		}
		_ = conn.Close()
	}
	if s.logger.failed() {
		t.Error("the disk counts as full")
	}
}

// A reader may answer for what was delivered to it, and so have the server log what it was sent.
func TestWordsOfAReaderAreNoFailureOfTheDisk(t *testing.T) {
	var logged bytes.Buffer
	s := up(t, Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0", Log: zerolog.New(zerolog.SyncWriter(&logged))})
	down := sync.OnceFunc(s.Shutdown)
	defer down()
	first, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	addStream(t, first) // and closes it
	nc, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := js.CreateConsumer(t.Context(), "S", jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	msg, err := consumer.Next(jetstream.FetchMaxWait(patience))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Request(msg.Reply(), []byte(`-NAK "`+syscall.ENOSPC.Error()), patience); err != nil { // it is answered once it was read
		t.Fatal(err)
	}
	if s.logger.failed() {
		t.Error("the disk counts as full")
	}
	down()
	if !strings.Contains(logged.String(), syscall.ENOSPC.Error()) {
		t.Error("the server did not log it: this test shows nothing")
	}
}

func TestAFailureOfTheDiskIsSeenInWhatTheServerLogs(t *testing.T) {
	for line, full := range map[string]bool{
		"JetStream failed to store a msg on stream '$G > S': write /x/1.blk: no space left on device": true,
		"Filestore [S] Failed to write state: write /x/index.db: disk quota exceeded":                 true,
		"127.0.0.1:4711 - cid:12 - authentication error - Nkey \"no space left on device\"":           false,
		"[::1]:4711 - cid:12 - \"v1:go:no space left on device\" - maximum connections exceeded":      false,
		"pipe - cid:4 - Publish Violation - no space left on device":                                  false,
		"Malformed JetStream API Request: \"no space left on device\"":                                false,
	} {
		l := newLogger(zerolog.Nop())
		l.Errorf("%s", line)
		if l.failed() != full {
			t.Errorf("%q: %v", line, l.failed())
		}
	}
}

package natsd

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
	"github.com/patchstream/patchstream/messages"
)

func TestEveryEventIsAnsweredWhileTheDiskIsFull(t *testing.T) {
	s := up(t, Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"})
	defer s.Shutdown()
	s.stop() // else the disk, which is not full, has it started anew
	<-s.ended
	s.close(errors.New("the disk is full"))
	if s.Ready() == nil {
		t.Error("ready")
	}
	nc, err := nats.Connect(s.URL(), nats.Timeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for _, kind := range []messages.Kind{messages.KindScan, messages.KindRun, messages.KindOverride, messages.KindRecheck, messages.KindRetire} {
		answer, err := nc.Request(kind.Subject("web-1"), nil, patience)
		if err != nil || !strings.Contains(string(answer.Data), "the disk is full") {
			t.Errorf("%s: %v, %v", kind, answer, err)
		}
	}
}

func TestTheUsersAreThoseOfNowWhenJetStreamIsStartedAnew(t *testing.T) {
	d := users(t, "web-1")
	s := up(t, Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0", Users: d.File(auth.UsersFile)})
	defer s.Shutdown()
	s.stop()
	<-s.ended
	s.close(errors.New("the disk is full"))
	if _, _, err := d.Add(auth.Host, []string{"web-2"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	s.reopen(t.Context())
	if err := s.Ready(); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"web-1", "web-2"} {
		opts, _ := as(t, d, auth.Host, host)
		nc, err := nats.Connect(s.URL(), append(opts, nats.Timeout(patience))...)
		if err != nil {
			t.Fatal(err)
		}
		nc.Close()
	}
}

// The file system says that much is free, but nothing can be written: a quota. The server is not started anew all the time, and
// soon after there is room.
func TestAQuotaThatIsFullHasNothingStartedAnewUntilThereIsRoom(t *testing.T) {
	var room atomic.Bool
	var tried atomic.Int32
	s := up(t, Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"})
	defer s.Shutdown()
	s.stop()
	<-s.ended
	s.writable = func(_ string, size uint64) error {
		tried.Add(1)
		if room.Load() && size >= minReserve {
			return nil
		}
		return syscall.EDQUOT
	}
	watching, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.watchSpace(watching)
	}()
	defer func() { stop(); <-ended }()
	first := s.current()
	s.logger.Errorf("JetStream failed to store a msg: %s", syscall.EDQUOT)
	eventually(t, "that it tried twice", func() bool { return tried.Load() >= 2 })
	if s.Ready() == nil || s.current() != first {
		t.Error("it was started anew")
	}
	room.Store(true)
	eventually(t, "that it is ready", func() bool { return s.Ready() == nil })
	if s.current() == first {
		t.Error("it was not started anew")
	}
	again := time.Now()
	s.logger.Errorf("JetStream failed to store a msg: %s", syscall.ENOSPC)
	eventually(t, "that it is not ready", func() bool { return s.Ready() != nil })
	eventually(t, "that it is ready", func() bool { return s.Ready() == nil })
	if took := time.Since(again); took < firstPause {
		t.Errorf("it was started anew after %s", took)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !holds(); {
		select {
		case <-late:
			t.Fatalf("never came: %s", what)
		case <-tick.C:
		}
	}
}

func TestJetStreamThatIsClosedAgainSoonRestsLongerEachTime(t *testing.T) {
	var r rest
	now := time.Now()
	for i, want := range []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second} {
		r.closed(now)
		if r.over(now.Add(want-1)) && want > 0 || !r.over(now.Add(want)) {
			t.Errorf("closed for the time number %d it rests until %s, want %s", i+1, r.until.Sub(now), want)
		}
		now = now.Add(want)
		r.opened = now
		now = now.Add(time.Second)
	}
	if r.closed(now.Add(time.Hour)); !r.over(now.Add(time.Hour)) {
		t.Error("what was an hour ago counts")
	}
}

func TestRoomIsWhatCanBeWritten(t *testing.T) {
	name := filepath.Join(t.TempDir(), "room")
	if err := writable(name, 3*writtenAtOnce); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is left behind: %v", err)
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		return // only some systems have it
	}
	if err := os.Symlink("/dev/full", name); err != nil {
		t.Fatal(err)
	}
	if err := writable(name, 1); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a full disk: %v", err)
	}
}

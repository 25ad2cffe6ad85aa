package natsd

import (
	"errors"
	"strings"
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

//go:build unix

package spool_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/patchstream/patchstream/publisher/spool"
)

// Somebody who may write into the directory puts now an event, now a pipe, now a link to an event elsewhere under one name.
// No flush waits for the pipe, and none sends what is elsewhere.
func TestAFileThatIsSwappedWhileItIsReadIsNeitherWaitedForNorFollowed(t *testing.T) {
	s, elsewhere := newSpool(t, run("here")), newSpool(t, run("elsewhere"))
	entries, _, err := elsewhere.List()
	if err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(elsewhere.Dir, entries[0].File)
	own, _, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(s.Dir, own[0].File)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		next := filepath.Join(s.Dir, ".next")
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			var err error
			switch n % 3 {
			case 0:
				err = os.WriteFile(next, text, 0o600)
			case 1:
				err = unix.Mkfifo(next, 0o600)
			default:
				err = os.Symlink(target, next)
			}
			if err = errors.Join(err, os.Rename(next, name)); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	sent := 0
	for until := time.Now().Add(time.Second); time.Now().Before(until); {
		_, _, err := s.Flush(context.Background(), func(_ context.Context, e spool.Event) error {
			if sent++; !bytes.Contains(e.Payload, []byte("here")) || e.ID != "here" {
				t.Errorf("it sent %s", e.ID)
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	close(stop)
	<-stopped
	if sent == 0 {
		t.Error("nothing was sent")
	}
}

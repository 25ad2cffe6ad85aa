package spool_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/spool"
)

func run(id string) spool.Event {
	return spool.Event{
		Kind: messages.KindRun, Host: "web-1", ID: id, SpooledAt: time.Unix(1_790_000_000, 0).UTC(),
		Headers: map[string][]string{"Nats-Msg-Id": {"run/web-1/" + id}}, Payload: []byte("payload\nof " + id),
	}
}

func scan(id string, sort spool.Scan) spool.Event {
	e := run(id)
	e.Kind, e.Scan = messages.KindScan, sort
	return e
}

func newSpool(t *testing.T, events ...spool.Event) *spool.Spool {
	t.Helper()
	s := &spool.Spool{Dir: filepath.Join(t.TempDir(), "spool")}
	for _, e := range events {
		if err := s.Put(e); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func ids(t *testing.T, s *spool.Spool) []string {
	t.Helper()
	entries, bad, err := s.List()
	if err != nil || len(bad) > 0 {
		t.Fatalf("List: bad %v, %v", bad, err)
	}
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestGivesBackInOrderWhatWasPut(t *testing.T) {
	s := newSpool(t, run("a"), run("b"), scan("c", spool.Full))
	var got []spool.Event
	sent, aside, err := s.Flush(context.Background(), func(_ context.Context, e spool.Event) error {
		got = append(got, e)
		return nil
	})
	if sent != 3 || len(aside) != 0 || err != nil {
		t.Fatalf("Flush = %d, %v, %v", sent, aside, err)
	}
	for i, want := range []spool.Event{run("a"), run("b"), scan("c", spool.Full)} {
		g := got[i]
		if g.ID != want.ID || g.Kind != want.Kind || g.Host != want.Host || !g.SpooledAt.Equal(want.SpooledAt) ||
			string(g.Payload) != string(want.Payload) || g.Headers["Nats-Msg-Id"][0] != want.Headers["Nats-Msg-Id"][0] {
			t.Errorf("event %d is %+v, put %+v", i, g, want)
		}
	}
	if left := ids(t, s); len(left) != 0 {
		t.Errorf("left after all was sent: %v", left)
	}
}

func TestKeepsWhatCouldNotBeSentAndWhatFollows(t *testing.T) {
	s := newSpool(t, run("a"), run("b"), run("c"))
	down := errors.New("down")
	sent, _, err := s.Flush(context.Background(), func(_ context.Context, e spool.Event) error {
		if e.ID == "b" {
			return down
		}
		return nil
	})
	if sent != 1 || !errors.Is(err, down) {
		t.Fatalf("Flush = %d, %v", sent, err)
	}
	if left := ids(t, s); !slices.Equal(left, []string{"b", "c"}) {
		t.Errorf("left: %v", left)
	}
}

func TestNewerScanSupersedesWhatItSaysAgain(t *testing.T) {
	other := scan("other", spool.Full)
	other.Host = "db-1"
	for _, test := range []struct {
		newer spool.Scan
		left  []string
	}{
		{spool.Full, []string{"other", "run", "new"}},
		{spool.Unchanged, []string{"full", "other", "run", "new"}},
		{spool.Failed, []string{"full", "unchanged", "other", "run", "new"}},
	} {
		s := newSpool(t, scan("full", spool.Full), scan("unchanged", spool.Unchanged), scan("failed", spool.Failed), other, run("run"))
		if err := s.Put(scan("new", test.newer)); err != nil {
			t.Fatal(err)
		}
		if left := ids(t, s); !slices.Equal(left, test.left) {
			t.Errorf("after a scan of sort %d: %v, want %v", test.newer, left, test.left)
		}
	}
}

func TestFullSpoolDropsNoRunAndSaysWhatToDo(t *testing.T) {
	s := newSpool(t, run("a"))
	s.MaxBytes = int64(2*len(run("a").Payload)) - 1
	err := s.Put(run("b"))
	if !errors.Is(err, spool.ErrFull) || !strings.Contains(err.Error(), "patchstream spool flush") || !strings.Contains(err.Error(), s.Dir) {
		t.Errorf("Put into a full spool: %v", err)
	}
	if left := ids(t, s); !slices.Equal(left, []string{"a"}) {
		t.Errorf("left: %v", left)
	}
}

func TestSupersededScanMakesRoomInAFullSpool(t *testing.T) {
	s := newSpool(t, scan("old", spool.Full))
	s.MaxBytes = int64(len(run("old").Payload))
	if err := s.Put(scan("new", spool.Full)); err != nil {
		t.Fatal(err)
	}
	if left := ids(t, s); !slices.Equal(left, []string{"new"}) {
		t.Errorf("left: %v", left)
	}
}

func TestDamagedFileIsSetAsideAndTheOthersAreSent(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"cut in half":    func(b []byte) []byte { return b[:len(b)/2] },
		"cut at the end": func(b []byte) []byte { return b[:len(b)-1] },
		"empty":          func([]byte) []byte { return nil },
		"other bytes":    func(b []byte) []byte { return []byte(strings.Replace(string(b), "payload", "paiload", 1)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSpool(t, run("a"), run("b"), run("c"))
			entries, _, err := s.List()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(s.Dir, entries[1].File)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, damage(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var got []string
			sent, aside, err := s.Flush(context.Background(), func(_ context.Context, e spool.Event) error {
				got = append(got, e.ID)
				return nil
			})
			if sent != 2 || len(aside) != 1 || err != nil || !slices.Equal(got, []string{"a", "c"}) {
				t.Fatalf("Flush = %d, %v, %v; sent %v", sent, aside, err, got)
			}
			if _, err := os.Stat(filepath.Join(s.Dir, aside[0])); err != nil {
				t.Errorf("what was set aside is not there: %v", err)
			}
			if _, bad, err := s.List(); err != nil || !slices.Equal(bad, aside) {
				t.Errorf("List names %v as damaged, %v; set aside was %v", bad, err, aside)
			}
		})
	}
}

func TestUnsendableEventDoesNotBlockTheOthers(t *testing.T) {
	s := newSpool(t, run("a"), run("b"))
	sent, aside, err := s.Flush(context.Background(), func(_ context.Context, e spool.Event) error {
		if e.ID == "a" {
			return fmt.Errorf("too large: %w", spool.ErrUnsendable)
		}
		return nil
	})
	if sent != 1 || len(aside) != 1 || err != nil {
		t.Errorf("Flush = %d, %v, %v", sent, aside, err)
	}
}

// What no Put has written is damaged, without being read to its end.
func TestAFileTooLargeForAnEventIsSetAside(t *testing.T) {
	s := newSpool(t, run("a"))
	huge := filepath.Join(s.Dir, "00000000000000000000000000.event")
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 1<<40); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(os.DevNull, filepath.Join(s.Dir, "00000000000000000000000001.event")); err != nil {
		t.Fatal(err)
	}
	sent, aside, err := s.Flush(context.Background(), func(context.Context, spool.Event) error { return nil })
	if sent != 1 || len(aside) != 2 || err != nil {
		t.Errorf("Flush = %d, %v, %v", sent, aside, err)
	}
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	s := newSpool(t, run("a"))
	entries, _, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{s.Dir: 0o700, filepath.Join(s.Dir, entries[0].File): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
}

func TestCheckLeavesNothingBehind(t *testing.T) {
	s := &spool.Spool{Dir: filepath.Join(t.TempDir(), "not", "yet")}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(s.Dir); err != nil || len(files) != 0 {
		t.Errorf("%v, %v", files, err)
	}
}

func TestADirectoryThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &spool.Spool{Dir: filepath.Join(file, "spool")}
	_, _, listed := s.List()
	for name, err := range map[string]error{"Check": s.Check(), "Put": s.Put(run("a")), "List": listed} {
		var unusable *spool.UnusableError
		if !errors.As(err, &unusable) || unusable.Dir != s.Dir || !strings.Contains(err.Error(), s.Dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatACrashLeftBehindIsRemoved(t *testing.T) {
	s := newSpool(t, run("a"))
	stale, recent := filepath.Join(s.Dir, ".new-1"), filepath.Join(s.Dir, ".new-2")
	for _, file := range []string{stale, recent} {
		if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(stale, old, old); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(run("b")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the stale file is still there: %v", err)
	}
	if _, err := os.Stat(recent); err != nil {
		t.Errorf("a file that somebody may be writing is gone: %v", err)
	}
	if left := ids(t, s); !slices.Equal(left, []string{"a", "b"}) {
		t.Errorf("left: %v", left)
	}
}

func TestAbsentSpoolIsEmpty(t *testing.T) {
	s := &spool.Spool{Dir: filepath.Join(t.TempDir(), "none")}
	sent, aside, err := s.Flush(context.Background(), nil)
	if sent != 0 || len(aside) != 0 || err != nil {
		t.Errorf("Flush = %d, %v, %v", sent, aside, err)
	}
}

func TestAHostOfWhichNothingGoesOutHoldsUpNoOther(t *testing.T) {
	other := func(id string) spool.Event { e := run(id); e.Host = "web-2"; return e }
	s := newSpool(t, run("a"), other("b"), run("c"), other("d"))
	var tried []string
	denied := errors.New("denied")
	sent, aside, err := s.Flush(context.Background(), func(_ context.Context, e spool.Event) error {
		tried = append(tried, e.ID)
		if e.Host == "web-1" {
			return fmt.Errorf("%w: %w", spool.ErrHost, denied)
		}
		return nil
	})
	var stay *spool.HostsError
	if sent != 2 || len(aside) != 0 || !errors.As(err, &stay) || !slices.Equal(stay.Hosts, []string{"web-1"}) || !errors.Is(err, denied) {
		t.Errorf("Flush = %d, %v, %v", sent, aside, err)
	}
	if want := []string{"a", "b", "d"}; !slices.Equal(tried, want) {
		t.Errorf("tried %v, want %v", tried, want)
	}
	if got, want := ids(t, s), []string{"a", "c"}; !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
	s = newSpool(t, run("a"), other("b"))
	away := errors.New("away")
	_, _, err = s.Flush(context.Background(), func(_ context.Context, e spool.Event) error {
		if e.Host == "web-1" {
			return spool.ErrHost
		}
		return away
	})
	if errors.As(err, &stay) || !errors.Is(err, away) {
		t.Errorf("with the server away: %v", err)
	}
}

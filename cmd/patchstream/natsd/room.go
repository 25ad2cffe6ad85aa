package natsd

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
)

// A stream that could not be written stays so in nats-server 2.15 until its JetStream is started anew, and answers nobody
// meanwhile. So JetStream is closed before its disk is quite full, or once a write failed; who publishes is told why; and when
// there is room again the whole server is started anew, in this process. Room is what can be written: a quota or a thin volume
// may be full where the file system is not. Where JetStream was closed again soon after it was started anew, the next start
// waits, twice as long each time.

const (
	lookEvery   = 500 * time.Millisecond
	reservePart = 50 // of the file system, that is left free
	minReserve  = 1 << 20
	maxReserve  = 256 << 20

	maxTried      = 64 << 20 // bytes that are written to see whether there is room
	writtenAtOnce = 1 << 20

	soonAgain    = time.Minute // after it was started anew
	firstPause   = time.Second
	longestPause = 5 * time.Second // so that it is well 10 seconds after there is room
)

// Space is the room of a store, in bytes.
type Space struct {
	Free, Size uint64 // of its file system
	Used       uint64 // by JetStream
}

// Space returns the room that there is now.
func (s *Server) Space() (Space, error) {
	free, size, err := s.space(s.cfg.StoreDir)
	if err != nil {
		return Space{}, err
	}
	info, err := s.current().Jsz(nil)
	if err != nil {
		return Space{}, err
	}
	return Space{free, size, info.Store}, nil
}

// watchSpace closes and reopens JetStream until ctx ends.
func (s *Server) watchSpace(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.look(ctx)
	}
}

func (s *Server) look(ctx context.Context) {
	err := s.lacksSpace()
	switch {
	case s.full() == nil && err != nil:
		s.rest.closed(time.Now())
		s.close(err)
	case s.full() != nil && err == nil && s.rest.over(time.Now()):
		s.tryAgain(ctx)
	}
}

// tryAgain reopens JetStream, if there is room.
func (s *Server) tryAgain(ctx context.Context) {
	if s.hasSpace() != nil {
		s.rest.until = time.Now().Add(firstPause)
		return
	}
	s.reopen(ctx)
	s.rest.opened = time.Now()
	if s.full() != nil {
		s.rest.closed(time.Now())
	}
}

// rest is until when JetStream stays closed at the least.
type rest struct {
	until, opened time.Time
	pause         time.Duration
}

// closed begins a rest: none, unless JetStream was opened just before.
func (r *rest) closed(now time.Time) {
	if now.Sub(r.opened) > soonAgain {
		r.pause = 0
	} else {
		r.pause = min(max(2*r.pause, firstPause), longestPause)
	}
	r.until = now.Add(r.pause)
}

func (r *rest) over(now time.Time) bool { return !now.Before(r.until) }

// lacksSpace says why JetStream should not run: too little is free, or a write failed.
func (s *Server) lacksSpace() error {
	free, size, err := s.space(s.cfg.StoreDir)
	reserve := reserveOf(size)
	if s.full() != nil {
		reserve *= 2 // else it might be closed again at once
	}
	switch {
	case err != nil:
		return nil // nothing is known
	case free < reserve:
		return fmt.Errorf("the server's disk is full: %d of %d bytes are free", free, size)
	case s.full() == nil && s.logger.failed():
		return errors.New("the server's disk is full: something could not be written")
	}
	return nil
}

// reserveOf is what is left free of a file system of a size.
func reserveOf(size uint64) uint64 { return min(max(size/reservePart, minReserve), maxReserve) }

// hasSpace writes as much as is left free, where that is not too much.
func (s *Server) hasSpace() error {
	_, size, err := s.space(s.cfg.StoreDir)
	if err != nil {
		size = 0 // not known: the least
	}
	return s.writable(filepath.Join(s.cfg.StoreDir, "patchstream.room"), min(reserveOf(size), maxTried))
}

// writable writes a file of that size, which no file system can store in less, syncs it and removes it.
func writable(name string, size uint64) error {
	defer os.Remove(name)
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	some := make([]byte, writtenAtOnce)
	_, _ = rand.Read(some) // it never fails
	for written := uint64(0); written < size && err == nil; written += writtenAtOnce {
		_, err = f.Write(some)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// full returns why JetStream is closed, or nil.
func (s *Server) full() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// close stops JetStream and has everyone who publishes told why.
func (s *Server) close(why error) {
	s.cfg.Log.Error().Err(why).Str("store", s.cfg.StoreDir).Msg("nothing is stored until there is room")
	s.mu.Lock()
	s.closed = why
	s.mu.Unlock()
	if err := s.current().ShutdownJetStream(); err != nil {
		s.cfg.Log.Error().Err(err).Msg("closing JetStream")
	}
	if err := s.refuse(why); err != nil {
		s.cfg.Log.Warn().Err(err).Msg("publishers get no answer meanwhile")
	}
}

// reopen starts the server anew on the same address. Clients find it again as after any restart.
func (s *Server) reopen(ctx context.Context) {
	s.cfg.Log.Warn().Msg("there is room again: starting JetStream anew")
	opts, err := s.options()
	if err != nil {
		s.cfg.Log.Error().Err(err).Msg("starting JetStream anew; trying again")
		return
	}
	old := s.current()
	old.Shutdown()
	old.WaitForShutdown()
	s.logger.forget()
	n, err := start(ctx, opts, s.logger)
	if err != nil {
		if ctx.Err() == nil {
			s.cfg.Log.Error().Err(err).Msg("starting JetStream anew; trying again")
		}
		return
	}
	s.mu.Lock()
	s.nats, s.closed = n, nil
	s.mu.Unlock()
	if s.cfg.Users == "" {
		return
	}
	if err := s.Reload(); err != nil { // what was revoked meanwhile was told to the server that ended
		s.cfg.Log.Error().Err(err).Msg("the users are those of when JetStream was started anew")
	}
}

// eventSubjects are those on which events are published.
var eventSubjects = []string{"patch.scan.>", "patch.run.>", "patch.override.>", "patch.recheck.>", "patch.retire.>"}

// refuse answers events as JetStream would, if it answered, until the server is started anew.
func (s *Server) refuse(why error) error {
	answer, err := json.Marshal(map[string]any{
		"stream": "PATCH_EVENTS",
		"error":  map[string]any{"code": 503, "err_code": codeNoStorage, "description": why.Error()},
	})
	if err != nil {
		return err
	}
	nc, err := s.Connect(append(s.own.options(s.cfg.Users), nats.NoReconnect(), nats.Name("patchstream serve, whose disk is full"))...)
	if err != nil {
		return err
	}
	for _, subject := range eventSubjects {
		if _, err := nc.Subscribe(subject, func(m *nats.Msg) { _ = m.Respond(answer) }); err != nil {
			nc.Close()
			return err
		}
	}
	return nc.Flush()
}

// codeNoStorage is JetStream's for storage that is exceeded.
const codeNoStorage = 10047

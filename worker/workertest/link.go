package workertest

import (
	"bytes"
	"net"
	"sync"

	"github.com/nats-io/nats-server/v2/server"
)

// Link is a way to a server inside the process, for [nats.InProcessServer]. It can be held: what the server says
// then waits, while what the client says still arrives.
type Link struct {
	server *server.Server

	mu   sync.Mutex
	free *sync.Cond
	held bool
	last []byte // what the server says before this is held; nil: nothing is
}

// NewLink returns a link that is not held.
func NewLink(s *server.Server) *Link {
	l := &Link{server: s}
	l.free = sync.NewCond(&l.mu)
	return l
}

// Hold keeps what the server says from now on.
func (l *Link) Hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = true
}

// HoldAfter keeps what the server says after it has said something.
func (l *Link) HoldAfter(last string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = []byte(last)
}

// Release lets through what was held.
func (l *Link) Release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held, l.last = false, nil
	l.free.Broadcast()
}

// InProcessConn implements [nats.InProcessConnProvider].
func (l *Link) InProcessConn() (net.Conn, error) {
	c, err := l.server.InProcessConn()
	if err != nil {
		return nil, err
	}
	return &linked{c, l}, nil
}

type linked struct {
	net.Conn
	link *Link
}

// Read returns what the server said, not before the link is free.
func (c *linked) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	for c.link.held && err == nil {
		c.link.free.Wait()
	}
	if c.link.last != nil && bytes.Contains(b[:n], c.link.last) {
		c.link.held = true
	}
	return n, err
}

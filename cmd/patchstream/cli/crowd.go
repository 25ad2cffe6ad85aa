package cli

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// crowd keeps connections to HTTP few. Who comes is let in, and where that is one too many the one that has waited for its next
// request for the longest is closed: so nobody who opens connections and lets them be keeps others out, nor takes the
// descriptors that NATS needs. It is safe for concurrent use.
type crowd struct {
	most int

	mu   sync.Mutex
	open map[net.Conn]place
	next uint64
}

type place struct {
	state http.ConnState
	since uint64 // counts up
}

// change implements [http.Server.ConnState].
func (c *crowd) change(conn net.Conn, state http.ConnState) {
	if over := c.note(conn, state); over != nil {
		_ = over.Close() // the server finds out
	}
}

// note returns the connection that is too many; nil: none is.
func (c *crowd) note(conn net.Conn, state http.ConnState) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(c.open, conn)
		return nil
	}
	if c.open == nil {
		c.open = make(map[net.Conn]place)
	}
	c.next++
	c.open[conn] = place{state, c.next}
	if len(c.open) <= c.most {
		return nil
	}
	over := c.longest(conn, func(p place) bool { return p.state != http.StateActive })
	if over == nil { // all are answered just now, or pretend to ask
		over = c.longest(conn, func(place) bool { return true })
	}
	delete(c.open, over)
	return over
}

// longest returns the connection that has been as it is for the longest, of those of which is true, but for one.
func (c *crowd) longest(but net.Conn, is func(place) bool) (over net.Conn) {
	for conn, p := range c.open {
		if conn != but && is(p) && (over == nil || p.since < c.open[over].since) {
			over = conn
		}
	}
	return over
}

// What a request may take. /metrics of a large fleet takes a second; a client that reads it slowly has some more.
const (
	mostConnections = 128
	headerTimeout   = 5 * time.Second
	readTimeout     = 10 * time.Second
	writeTimeout    = 30 * time.Second
	idleTimeout     = 30 * time.Second
	maxHeaderBytes  = 16 << 10
)

// impatient returns a server that keeps to them.
func impatient(handler http.Handler) *http.Server {
	c := &crowd{most: mostConnections}
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ConnState: c.change,
	}
}

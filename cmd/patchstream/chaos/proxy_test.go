package chaos

import (
	"context"
	"io"
	"net"
	"sync"
)

// proxy stands between a client and the server. It can cut their connections, and have them stand still: what
// either says is then kept, and arrives late.
type proxy struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	conns   map[net.Conn]struct{}
	refuses bool
	flows   chan struct{} // closed while bytes flow
}

func newProxy(ctx context.Context, target string) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: listener, target: target, conns: make(map[net.Conn]struct{}), flows: make(chan struct{})}
	close(p.flows)
	context.AfterFunc(ctx, func() {
		_ = listener.Close()
		p.cut()
	})
	go p.accept()
	return p, nil
}

func (p *proxy) url() string { return "nats://" + p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.join(client)
	}
}

// join copies both ways until either side ends.
func (p *proxy) join(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	if !p.keep(client, server) {
		return
	}
	defer p.forget(client, server)
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() {
			_, _ = io.Copy(gated{way[1], p}, way[0])
			ended <- struct{}{}
		}()
	}
	<-ended
}

func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if !p.refuses {
			p.conns[c] = struct{}{}
		}
	}
	return !p.refuses
}

func (p *proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}

// cut ends every connection, and with it what is on its way. New ones are refused until mend.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses = true
	for c := range p.conns {
		_ = c.Close()
	}
}

func (p *proxy) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses = false
}

// stall keeps every byte from now on, until flow.
func (p *proxy) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flows = make(chan struct{})
}

func (p *proxy) flow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.flows)
}

func (p *proxy) gate() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flows
}

// gated writes while the proxy flows.
type gated struct {
	net.Conn
	proxy *proxy
}

func (g gated) Write(b []byte) (int, error) {
	<-g.proxy.gate()
	return g.Conn.Write(b)
}

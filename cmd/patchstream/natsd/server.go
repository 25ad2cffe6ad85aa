package natsd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
)

// Config configures a [Server]. StoreDir is required.
type Config struct {
	// StoreDir is where JetStream keeps everything. It is made when missing, and locked.
	StoreDir string

	// Listen is HOST:PORT; without Users a loopback address. Empty: 127.0.0.1:4222. Port 0 takes a free one.
	Listen string

	// Users is a file of accounts and users, in nats-server's own format. Empty: there are none, and whoever
	// reaches the server may do everything.
	Users string

	// TLS is how the listener speaks. The zero value: plainly.
	TLS TLS

	// SyncAlways has every write synced to the disk before it is acknowledged. False: every two minutes.
	SyncAlways bool

	// MaxPayload bounds one message, in bytes. 0: 8 MiB.
	MaxPayload int32

	Log zerolog.Logger
}

const (
	defaultListen     = "127.0.0.1:4222"
	defaultMaxPayload = 8 << 20
	readyTimeout      = 10 * time.Second // from the end of recovery to the first connection
)

// Server is a running NATS server. Its methods are safe for concurrent use.
type Server struct {
	lock   *lock
	cfg    Config
	own    *own
	logger *logger
	stop   context.CancelFunc // of what watches the disk
	ended  chan struct{}      // once nothing does any more
	rest   rest

	space    func(dir string) (free, size uint64, err error)
	writable func(name string, size uint64) error

	mu     sync.Mutex
	nats   *server.Server
	port   int   // the one that was taken, where any was asked for
	closed error // why JetStream is closed for now; nil: it is open
}

// Start takes the lock, starts the server, and returns when it takes connections; reading a large store may
// take long. The errors are a [*LockedError], and otherwise say which address or directory is to blame. When
// the context ends before the server is up it is stopped again.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	mine, err := newOwn()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, own: mine, logger: newLogger(cfg.Log), ended: make(chan struct{}), space: space, writable: writable}
	opts, err := s.options()
	if err != nil {
		return nil, err
	}
	if s.lock, err = lockStore(cfg.StoreDir); err != nil {
		return nil, err
	}
	if err := sameAccount(cfg.StoreDir, cfg.Users); err != nil {
		s.lock.release()
		return nil, err
	}
	if s.nats, err = start(ctx, opts, s.logger); err != nil {
		s.lock.release()
		return nil, err
	}
	if address, ok := s.nats.Addr().(*net.TCPAddr); ok {
		s.port = address.Port
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go func() {
		defer close(s.ended)
		s.watchSpace(watching)
	}()
	return s, nil
}

// options are those of the configuration, on the port that was taken before, and with a user of our own.
func (s *Server) options() (*server.Options, error) {
	opts, err := options(s.cfg)
	if err != nil {
		return nil, err
	}
	if s.port != 0 {
		opts.Port = s.port
	}
	s.own.add(opts)
	return opts, nil
}

// current is the server that runs now.
func (s *Server) current() *server.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nats
}

func options(cfg Config) (*server.Options, error) {
	if cfg.StoreDir == "" {
		return nil, errors.New("natsd: Config.StoreDir is required")
	}
	if cfg.Listen == "" {
		cfg.Listen = defaultListen
	}
	host, port, err := split(cfg.Listen)
	if err != nil {
		return nil, err
	}
	if cfg.Users == "" && !Loopback(cfg.Listen) {
		return nil, fmt.Errorf("will not listen on %s without authentication, for whoever reaches it could speak for any host: make users with \"patchstream auth init\" and give them with --auth, or listen on 127.0.0.1", cfg.Listen)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	if cfg.MaxPayload <= 0 {
		cfg.MaxPayload = defaultMaxPayload
	}
	opts, err := withUsers(cfg.Users)
	if err != nil {
		return nil, err
	}
	if err := cfg.TLS.apply(opts); err != nil {
		return nil, err
	}
	opts.ServerName = "patchstream"
	opts.Host, opts.Port = host, port
	opts.NoSigs = true // else it would take SIGINT from the process
	opts.JetStream, opts.StoreDir, opts.SyncAlways = true, cfg.StoreDir, cfg.SyncAlways
	opts.MaxPayload = cfg.MaxPayload
	opts.DisableJetStreamBanner = true
	limit(opts)
	return opts, nil
}

func split(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("listen address %q is not HOST:PORT, such as %s", address, defaultListen)
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("listen address %q: the port must be a number from 0 to 65535", address)
	}
	return host, int(number), nil
}

// Loopback reports whether HOST:PORT is an address that only this machine reaches; so is the default, "".
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return address == "" || err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

func start(ctx context.Context, opts *server.Options, logger *logger) (*server.Server, error) {
	n, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	n.SetLoggerV2(logger, false, false, false)
	started := make(chan struct{})
	go func() {
		defer close(started)
		n.Start()
	}()
	stop := func(err error) (*server.Server, error) {
		n.Shutdown()
		<-started
		n.WaitForShutdown()
		return nil, err
	}
	select {
	case <-ctx.Done():
		return stop(ctx.Err())
	case <-started:
	}
	switch {
	case logger.fatal() != "":
		return stop(fatalError(opts, logger.fatal()))
	case !n.ReadyForConnections(readyTimeout):
		return stop(fmt.Errorf("start NATS: no connection within %s", readyTimeout))
	case !n.JetStreamEnabled():
		return stop(fmt.Errorf("start NATS: JetStream did not start on %s", opts.StoreDir))
	}
	go keepOutCrowds(n, logger)
	return n, nil
}

// fatalError says what to do about the one failure that is common.
func fatalError(opts *server.Options, said string) error {
	address := net.JoinHostPort(opts.Host, strconv.Itoa(opts.Port))
	if taken, err := net.Listen("tcp", address); err != nil {
		return fmt.Errorf("%s is taken: stop what listens there, or name another address with --listen (port 0 takes a free one)", address)
	} else if err := taken.Close(); err != nil {
		return err
	}
	return fmt.Errorf("start NATS: %s", said)
}

// URL returns where clients find the server.
func (s *Server) URL() string { return s.current().ClientURL() }

// InProcessConn implements [nats.InProcessConnProvider], also for a connection that outlives a restart.
func (s *Server) InProcessConn() (net.Conn, error) { return s.current().InProcessConn() }

// Connect returns a connection inside the process, with no socket between.
func (s *Server) Connect(opts ...nats.Option) (*nats.Conn, error) {
	nc, err := nats.Connect("", append(opts, nats.InProcessServer(s))...)
	if err != nil {
		return nil, fmt.Errorf("connect to the embedded server: %w", err)
	}
	return nc, nil
}

// Reload reads the users and the TLS files again. Who is no longer a user is cut off; all others stay connected.
// On an error everything stays as it was.
func (s *Server) Reload() error {
	opts, err := s.options()
	if err != nil {
		return err
	}
	if err := s.current().ReloadOptions(opts); err != nil {
		return fmt.Errorf("read the users: %w", err)
	}
	return nil
}

// Ready returns nil while JetStream works. The error says that its disk is full, where it is.
func (s *Server) Ready() error {
	if why := s.full(); why != nil {
		return why
	}
	if !s.current().JetStreamEnabled() {
		return errors.New("JetStream has stopped; the log says why")
	}
	return nil
}

// Shutdown stops the server, returns when all its files are closed, and gives the directory back.
func (s *Server) Shutdown() {
	s.stop()
	<-s.ended
	n := s.current()
	n.Shutdown()
	n.WaitForShutdown()
	s.lock.release()
}

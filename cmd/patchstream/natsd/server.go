package natsd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
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
	nats *server.Server
	lock *lock
	cfg  Config
}

// Start takes the lock, starts the server, and returns when it takes connections; reading a large store may
// take long. The errors are a [*LockedError], and otherwise say which address or directory is to blame. When
// the context ends before the server is up it is stopped again.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	opts, err := options(cfg)
	if err != nil {
		return nil, err
	}
	held, err := lockStore(cfg.StoreDir)
	if err != nil {
		return nil, err
	}
	if err := sameAccount(cfg.StoreDir, cfg.Users); err != nil {
		held.release()
		return nil, err
	}
	n, err := start(ctx, opts, cfg.Log)
	if err != nil {
		held.release()
		return nil, err
	}
	return &Server{nats: n, lock: held, cfg: cfg}, nil
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

func start(ctx context.Context, opts *server.Options, log zerolog.Logger) (*server.Server, error) {
	n, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	logger := newLogger(log)
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
func (s *Server) URL() string { return s.nats.ClientURL() }

// Connect returns a connection inside the process, with no socket between.
func (s *Server) Connect(opts ...nats.Option) (*nats.Conn, error) {
	nc, err := nats.Connect("", append(opts, nats.InProcessServer(s.nats))...)
	if err != nil {
		return nil, fmt.Errorf("connect to the embedded server: %w", err)
	}
	return nc, nil
}

// Reload reads the users and the TLS files again. Who is no longer a user is cut off; all others stay connected.
// On an error everything stays as it was.
func (s *Server) Reload() error {
	opts, err := options(s.cfg)
	if err != nil {
		return err
	}
	if err := s.nats.ReloadOptions(opts); err != nil {
		return fmt.Errorf("read the users: %w", err)
	}
	return nil
}

// Ready returns nil while JetStream works. It stops by itself where the disk is full or fails.
func (s *Server) Ready() error {
	if !s.nats.JetStreamEnabled() {
		return errors.New("JetStream has stopped; the log says why")
	}
	return nil
}

// Shutdown stops the server, returns when all its files are closed, and gives the directory back.
func (s *Server) Shutdown() {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
	s.lock.release()
}

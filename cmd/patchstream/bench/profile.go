package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"

	"github.com/nats-io/nats.go"
)

// profileOf returns the file for the profile of a race; "" where none is taken.
func (r *run) profileOf(name string, s Setting, repeat int) string {
	if r.Profile == "" || repeat > 0 {
		return ""
	}
	return filepath.Join(r.Profile, fmt.Sprintf("%s-%d-%s-%s.pprof", name, s.Packages, s.Transport, s.Sync))
}

// profiled is the racer that has this process profiled while it runs; without a file, the racer as it is.
func (r racer) profiled(file string) racer {
	if file == "" {
		return r
	}
	start := r.start
	r.start = func(ctx context.Context, nc *nats.Conn) (func() error, error) {
		f, err := os.Create(file)
		if err != nil {
			return nil, err
		}
		stop, err := start(ctx, nc)
		if err == nil {
			if err = pprof.StartCPUProfile(f); err != nil {
				err = errors.Join(err, stop())
			}
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return func() error {
			pprof.StopCPUProfile()
			return errors.Join(stop(), f.Close())
		}, nil
	}
	return r
}

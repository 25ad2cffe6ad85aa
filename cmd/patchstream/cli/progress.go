package cli

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// progress tells on a terminal what takes so long. Elsewhere it is silent.
type progress struct {
	of   int // 0: not known
	done atomic.Int64
	end  chan struct{}
	wait sync.WaitGroup
}

const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

// progress starts one; stop it before anything else is written.
func (a *app) progress(what string) *progress { return a.progressOf(what, 0) }

func (a *app) progressOf(what string, of int) *progress {
	p := &progress{of: of, end: make(chan struct{})}
	if !isTerminal(a.stderr) {
		return p
	}
	began := a.now()
	p.wait.Go(func() {
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		shown := false
		for {
			select {
			case <-p.end:
				if shown {
					_, _ = fmt.Fprint(a.stderr, "\r\x1b[K")
				}
				return
			case <-ticker.C:
				if took := a.now().Sub(began); took > progressAfter {
					shown = true
					_, _ = fmt.Fprintf(a.stderr, "\r\x1b[K%s… %s", what, p.how(took))
				}
			}
		}
	})
	return p
}

func (p *progress) how(took time.Duration) string {
	if p.of > 0 {
		return fmt.Sprintf("%d of %d", p.done.Load(), p.of)
	}
	return age(took)
}

func (p *progress) stop() {
	close(p.end)
	p.wait.Wait()
}

package print

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestProgressRemovesWhatItShows(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := startProgress(&out, 80, 0, "scanning web-1", 3)
	<-p.begun
	p.Done()
	p.Stop()
	shown := out.String()
	if !strings.Contains(shown, "scanning web-1") || strings.Count(shown, "\n") != strings.Count(shown, up) || !strings.HasSuffix(shown, up) {
		t.Errorf("%q", shown)
	}
}

func TestProgressIsSilentAtFirst(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := startProgress(&out, 80, time.Hour, "scanning web-1", 0)
	p.Done()
	p.Stop()
	if out.Len() != 0 {
		t.Errorf("%q", out.String())
	}
}

func TestProgressIsSilentWhereThereIsNoTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := New(&out, &out).Progress("scanning web-1", 0)
	p.Done()
	p.Stop()
	if out.Len() != 0 {
		t.Errorf("%q", out.String())
	}
}

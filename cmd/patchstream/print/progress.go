package print

import (
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Progress shows on a terminal what takes so long. Elsewhere, and in its first second, it is silent. A nil one always is.
type Progress struct {
	out     io.Writer
	tracker *progress.Tracker
	bars    progress.Writer
	begin   *time.Timer
	begun   chan struct{}
	ended   chan struct{}
}

// up removes the line above.
var up = text.CursorUp.Sprint() + text.EraseLine.Sprint()

const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
	barWidth      = 24
)

// Progress begins one that shows the time it takes, and with of > 0 how many of so many are done. Stop it before
// anything else is written.
func (p *Printer) Progress(what string, of int) *Progress {
	if !isTerminal(p.stderr) {
		return nil
	}
	return startProgress(p.stderr, columns(p.stderr), progressAfter, what, of)
}

func startProgress(out io.Writer, width int, after time.Duration, what string, of int) *Progress {
	p := &Progress{
		out: out, begun: make(chan struct{}), ended: make(chan struct{}), bars: progress.NewWriter(),
		tracker: &progress.Tracker{Message: Plain(what), Total: int64(of), AutoStopDisabled: true},
	}
	p.bars.SetOutputWriter(out)
	p.bars.SetTerminalWidth(width)
	p.bars.SetUpdateFrequency(progressEvery)
	p.bars.SetTrackerLength(barWidth)
	p.bars.SetAutoStop(true)
	style := progress.StyleBlocks
	style.Options.Separator = " "
	style.Options.TimeInProgressPrecision = time.Second
	style.Visibility = progress.StyleVisibility{Time: true, Tracker: of > 0, Percentage: of > 0, Value: of > 0}
	p.bars.SetStyle(style)
	p.bars.AppendTracker(p.tracker)
	p.begin = time.AfterFunc(after, func() {
		close(p.begun)
		defer close(p.ended)
		p.bars.Render()
	})
	return p
}

// Done counts one that is done.
func (p *Progress) Done() {
	if p != nil {
		p.tracker.Increment(1)
	}
}

// Begin says what is being done now.
func (p *Progress) Begin(what string) {
	if p != nil {
		p.tracker.UpdateMessage(Plain(what))
	}
}

// Stop ends it and removes what it has shown.
func (p *Progress) Stop() {
	if p == nil || p.begin.Stop() {
		return
	}
	p.tracker.MarkAsDone() // ends the rendering at its next tick
	p.bars.Stop()          // or now, if it has begun
	<-p.ended
	_, _ = io.WriteString(p.out, up)
}

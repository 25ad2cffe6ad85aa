package messages

import (
	"time"

	"github.com/patchstream/patchstream/messages/wire"
)

// Event is a [*Scan], [*Run], [*Override], [*Recheck] or [*Retire].
type Event interface {
	Kind() Kind
	EventID() string
	HostName() string

	// Time is the event's own time, by the host's clock: TakenAt, FinishedAt or At; zero for a recheck.
	Time() time.Time

	// Validate returns a [*FieldError] for the first field that breaks the contract.
	Validate() error

	// CheckClock returns a [*FieldError] for the first time of the host's clock in the event that is more
	// than [MaxClockAhead] later than stamp, the time at which the event is known to have been sent.
	// Where that is not known, stamp is zero and nothing is refused.
	CheckClock(stamp time.Time) error
}

// FieldError says which field of a message breaks the contract, and how. No retry mends it.
type FieldError = wire.FieldError

func refuse(field, problem string) *FieldError { return &FieldError{Field: field, Problem: problem} }

func (s *Scan) Kind() Kind     { return KindScan }
func (r *Run) Kind() Kind      { return KindRun }
func (o *Override) Kind() Kind { return KindOverride }
func (r *Recheck) Kind() Kind  { return KindRecheck }
func (r *Retire) Kind() Kind   { return KindRetire }

func (s *Scan) EventID() string     { return s.ID }
func (r *Run) EventID() string      { return r.ID }
func (o *Override) EventID() string { return o.ID }
func (r *Recheck) EventID() string  { return r.ID }
func (r *Retire) EventID() string   { return r.ID }

func (s *Scan) HostName() string     { return s.Host }
func (r *Run) HostName() string      { return r.Host }
func (o *Override) HostName() string { return o.Host }
func (r *Recheck) HostName() string  { return r.Host }
func (r *Retire) HostName() string   { return r.Host }

func (s *Scan) Time() time.Time     { return s.TakenAt }
func (r *Run) Time() time.Time      { return r.FinishedAt }
func (o *Override) Time() time.Time { return o.At }
func (r *Recheck) Time() time.Time  { return time.Time{} }
func (r *Retire) Time() time.Time   { return r.At }

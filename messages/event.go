package messages

import (
	"strconv"
	"time"
)

// Event is a [*Scan], [*Run], [*Override] or [*Recheck].
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
type FieldError struct {
	Field   string // such as packages[3].versions[0].version; "payload" for the whole
	Problem string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// within says that the field, or the element of a list, is within that field of a record.
func (e *FieldError) within(outer string) {
	switch {
	case e.Field == "":
		e.Field = outer
	case e.Field[0] == '[':
		e.Field = outer + e.Field
	default:
		e.Field = outer + "." + e.Field
	}
}

// withinItem says that the field is within that element of a list.
func (e *FieldError) withinItem(index int) { e.within("[" + strconv.Itoa(index) + "]") }

func (s *Scan) Kind() Kind     { return KindScan }
func (r *Run) Kind() Kind      { return KindRun }
func (o *Override) Kind() Kind { return KindOverride }
func (r *Recheck) Kind() Kind  { return KindRecheck }

func (s *Scan) EventID() string     { return s.ID }
func (r *Run) EventID() string      { return r.ID }
func (o *Override) EventID() string { return o.ID }
func (r *Recheck) EventID() string  { return r.ID }

func (s *Scan) HostName() string     { return s.Host }
func (r *Run) HostName() string      { return r.Host }
func (o *Override) HostName() string { return o.Host }
func (r *Recheck) HostName() string  { return r.Host }

func (s *Scan) Time() time.Time     { return s.TakenAt }
func (r *Run) Time() time.Time      { return r.FinishedAt }
func (o *Override) Time() time.Time { return o.At }
func (r *Recheck) Time() time.Time  { return time.Time{} }

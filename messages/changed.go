package messages

import "time"

// Changed says that something changed on a host (subject patch.changed.<host>): one message for each
// revision, numbered 1, 2, 3, … for each host without a gap and without a repeat.
type Changed struct {
	Head
	Transitions []Transition `json:"transitions" msgpack:"transitions"`
}

// StatusChanged says that a host's status changed (subject patch.status.<host>). It goes out with the
// [Changed] of the same revision.
type StatusChanged struct {
	Head
}

// Head is what [Changed] and [StatusChanged] have in common.
type Head struct {
	V        int          `json:"v" msgpack:"v"`
	Host     string       `json:"host" msgpack:"host"`
	ID       string       `json:"id" msgpack:"id"` // see [ChangedID] and [StatusID]
	Revision uint64       `json:"revision" msgpack:"revision"`
	At       time.Time    `json:"at" msgpack:"at"` // when the worker committed it
	Cause    Cause        `json:"cause" msgpack:"cause"`
	Baseline BaselineRef  `json:"baseline" msgpack:"baseline"`
	Initial  bool         `json:"initial" msgpack:"initial"` // see the contract: no complete scan before this revision
	Status   StatusChange `json:"status" msgpack:"status"`
	Level    LevelChange  `json:"level" msgpack:"level"`
	Counts   Counts       `json:"counts" msgpack:"counts"`

	Conditions     []Condition `json:"conditions,omitempty" msgpack:"conditions,omitempty"` // those that stand, whatever the status
	ConditionsFrom []string    `json:"conditions_from,omitzero" msgpack:"conditions_from"`  // the codes before, where others stood, or none; nil: the same

	Run *RunSummary `json:"run,omitempty" msgpack:"run,omitempty"` // where Cause is a run
}

// Condition is what stands on a host beside its status, such as lists that are too old.
type Condition struct {
	Code   string    `json:"code" msgpack:"code"`                         // see docs/classification.md, section 1
	Since  time.Time `json:"since,omitzero" msgpack:"since,omitempty"`    // when it came
	Detail string    `json:"detail,omitempty" msgpack:"detail,omitempty"` // which, how old or why; may be empty
}

// Cause is the event that a change rests on.
type Cause struct {
	Kind       Kind      `json:"kind" msgpack:"kind"`
	ID         string    `json:"id" msgpack:"id"`
	OccurredAt time.Time `json:"occurred_at" msgpack:"occurred_at"` // the event's own time

	By string `json:"by,omitempty" msgpack:"by,omitempty"` // who said so, of an override and a retirement; may be empty
}

// BaselineRef names the baseline by which a host was classified. It is empty where none could be found.
type BaselineRef struct {
	ID      string `json:"id" msgpack:"id"`
	Name    string `json:"name" msgpack:"name"`
	Version uint64 `json:"version" msgpack:"version"` // the KV revision of its key; 0 for a built-in one
}

// StatusChange is a host's status before and after. From is empty at revision 1.
type StatusChange struct {
	From    HostStatus `json:"from" msgpack:"from"`
	To      HostStatus `json:"to" msgpack:"to"`
	Reasons []string   `json:"reasons,omitempty" msgpack:"reasons,omitempty"` // the conditions that make a host [Unknown], whatever To
}

// LevelChange is a host's highest non-compliant level before and after; empty where there is none.
type LevelChange struct {
	From Level `json:"from" msgpack:"from"`
	To   Level `json:"to" msgpack:"to"`
}

// Counts holds the number of items in each state, under the state's name, and critical_noncompliant,
// security_noncompliant and other_noncompliant. All keys are always there.
type Counts map[string]int

// The keys of [Counts] beside the states.
const (
	CriticalNonCompliant = "critical_noncompliant" // of level CRITICAL
	SecurityNonCompliant = "security_noncompliant" // of classification Security
	OtherNonCompliant    = "other_noncompliant"    // of neither
)

// Item is one patch of a host and its state. Where an override stands, State and Level are the overriding
// ones and Reason.Override holds the computed ones.
type Item struct {
	Patch          string    `json:"patch" msgpack:"patch"`
	Name           string    `json:"name" msgpack:"name"`
	Arch           string    `json:"arch" msgpack:"arch"`
	State          State     `json:"state" msgpack:"state"`
	Version        string    `json:"version" msgpack:"version"`     // the version the state is about
	Installed      string    `json:"installed" msgpack:"installed"` // empty: not installed
	Level          Level     `json:"level" msgpack:"level"`
	Classification string    `json:"classification" msgpack:"classification"`  // "Security", of rpm also another type of notice, or empty
	Blocked        string    `json:"blocked" msgpack:"blocked"`                // what keeps a MISSING one from being installed: hold, phased, excluded, pin, kept_back
	Since          time.Time `json:"since,omitzero" msgpack:"since,omitempty"` // when it came into State
	Reason         Reason    `json:"reason" msgpack:"reason"`
}

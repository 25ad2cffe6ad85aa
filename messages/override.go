package messages

import "time"

// Override is a status set by hand (subject patch.override.<host>), as AWS's PutComplianceItems sets one.
// Of all overrides of a patch only the newest counts, even when it is withdrawn or has expired.
type Override struct {
	ID        string // unique among the host's overrides; 1 to 64 printable ASCII characters without space
	Host      string // see [ValidHost]; equals the tail of the subject
	Patch     string // the patch's full name, such as openssl.amd64
	State     State  // required unless Withdraw
	Level     Level  // empty: the computed one stays
	Reason    string // required unless Withdraw
	By        string // required unless Withdraw
	At        time.Time
	ExpiresAt time.Time // zero: never
	Withdraw  bool
}

// Retire says that a host is gone (subject patch.retire.<host>). Of the host's events those count that are later than
// At, and it is [Retired] until a full scan is among them.
type Retire struct {
	ID     string // unique among the host's retirements; 1 to 64 printable ASCII characters without space
	Host   string // see [ValidHost]; equals the tail of the subject
	At     time.Time
	By     string // who says so; may be empty
	Reason string // for people to read; may be empty
}

// Recheck asks to classify a host again from the facts held (subject patch.recheck.<host>).
// Its time is the time JetStream stamped on the message.
type Recheck struct {
	ID           string // unique among the host's rechecks; 1 to 64 printable ASCII characters without space
	Host         string // see [ValidHost]; equals the tail of the subject
	Cause        string // what asks, for people to read
	BaselinesSeq uint64 // whoever classifies must have read KV_PATCH_BASELINES at least up to this stream sequence
}

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

// Recheck asks to classify a host again from the facts held (subject patch.recheck.<host>).
// Its time is the time JetStream stamped on the message.
type Recheck struct {
	ID           string // unique among the host's rechecks; 1 to 64 printable ASCII characters without space
	Host         string // see [ValidHost]; equals the tail of the subject
	Cause        string // what asks, for people to read
	BaselinesSeq uint64 // whoever classifies must have read KV_PATCH_BASELINES at least up to this stream sequence
}

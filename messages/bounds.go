package messages

import (
	"time"

	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/messages/wire"
)

// The bounds of version 1 of the contract. A message beyond one of them is refused before anything is
// allocated for it.
const (
	MaxPayloadBytes      = 7 << 20             // as sent, compressed or not
	MaxDecompressedBytes = pack.MaxPlainBytes  // 64 MiB, after decompression
	MaxPackages          = 50_000              // in a scan
	MaxPackageVersions   = 64                  // of one package
	MaxVersions          = 200_000             // in a scan
	MaxNamedBytes        = 16 << 20            // in a scan: each package's name and arch, once for each of its versions, and those
	MaxOrigins           = 1_000               // in a scan
	MaxAdvisories        = 100_000             // in a scan
	MaxAdvisoryCVEs      = 4096                // of one advisory
	MaxOutcomes          = 50_000              // in a run
	MaxTags              = 64                  // of a host
	MaxListItems         = wire.MaxListItems   // 2 000 000 in an event: names, advisories and positions of origins, all lists together
	MaxStringBytes       = wire.MaxStringBytes // 4 KiB, any string
	MaxVersionBytes      = 255                 // a version string
	MaxHostBytes         = 128                 // a host name
	MaxIDBytes           = 64                  // an event id, a scan's hash
)

// MaxClockAhead is how far a host's clock may run ahead of the time JetStream stamped on its message.
// Times before [OldestTime] are refused too: one wrong clock must not freeze a host for ever.
const MaxClockAhead = 10 * time.Minute

// OldestTime returns the earliest time an event may carry, the start of the year 2000 in UTC.
func OldestTime() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// SchemaVersion is the major version of the contract, the field v of every message.
const SchemaVersion = 1

// maxRuleBytes bounds what a change quotes of a baseline. Baselines do not come as messages.
const maxRuleBytes = 64 << 10

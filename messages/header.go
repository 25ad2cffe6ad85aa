package messages

import (
	"strings"
	"time"
)

// The headers that say what a payload is.
const (
	HeaderContentType     = "Content-Type"
	HeaderContentEncoding = "Content-Encoding"
)

// The headers by which a look at a stream or a bucket tells what a message is without its payload.
const (
	HeaderRevision = "Patch-Revision" // of a change
	HeaderCommit   = "Patch-Commit"   // of a change: random, one for each commit of the host's record
	HeaderChanged  = "Patch-Changed"  // of a host's status: the sequence of the change that was published before it
	HeaderNumber   = "Patch-Number"   // of a stored baseline: which of its revisions it is, from 1
	HeaderCreated  = "Patch-Created"  // of a stored baseline: when its first revision was stored, RFC 3339; absent on that one
	HeaderPending  = "Patch-Pending"  // of a host's record: what is left to be done for it, and the full scan that it names, as JSON
	HeaderSummary  = "Patch-Summary"  // of a host's record, or its items: what it counts for in its fleet, as JSON
	HeaderBy       = "Patch-By"       // of an entry of KV_PATCH_BASELINES: who wrote it, for people
)

// The headers of a dead letter.
const (
	HeaderDeadReason     = HeaderDeadPrefix + "Reason"
	HeaderDeadSubject    = HeaderDeadPrefix + "Subject" // on which the event came
	HeaderDeadSequence   = HeaderDeadPrefix + "Sequence"
	HeaderDeadDeliveries = HeaderDeadPrefix + "Deliveries"
	HeaderDeadAt         = HeaderDeadPrefix + "At"
	HeaderDeadTruncated  = HeaderDeadPrefix + "Truncated" // bytes the payload had, where it was cut

	HeaderDeadPrefix = "Patch-Dead-"

	// HeaderOriginalPrefix stands in a dead letter before the names of those headers of the event that begin with
	// [HeaderNATSPrefix]: the stream of dead letters would obey or refuse them.
	HeaderOriginalPrefix = "Patch-Original-"
)

// What the names of headers begin with that NATS obeys.
const (
	HeaderNATSPrefix     = "Nats-"
	HeaderSchedulePrefix = "Nats-Schedule"
)

// The headers of a message schedule: when it fires, and the subject of what it fires.
const (
	HeaderSchedule       = HeaderSchedulePrefix
	HeaderScheduleTarget = HeaderSchedulePrefix + "-Target"
)

// HeaderOfServer reports whether a header is one by which a NATS server speaks to a client, and which clients, those in Go among
// them, take for its word in a stored message too. No event has one.
func HeaderOfServer(name string) bool {
	for _, ofServer := range []string{"Status", "Nats-Pending-Messages", "Nats-Pending-Bytes", "Nats-Pin-Id"} {
		if strings.EqualFold(name, ofServer) {
			return true
		}
	}
	return false
}

// Header returns the first value of a header whatever its case: NATS keeps the case of the sender. One that is spelled
// as name is comes before the others.
func Header(headers map[string][]string, name string) string {
	if values := headers[name]; len(values) > 0 && values[0] != "" {
		return values[0]
	}
	found, value := "", ""
	for key, values := range headers {
		if strings.EqualFold(key, name) && len(values) > 0 && values[0] != "" && (found == "" || key < found) {
			found, value = key, values[0]
		}
	}
	return value
}

// HeaderHasPrefix reports whether the name of a header begins so, whatever its case.
func HeaderHasPrefix(name, prefix string) bool {
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// EncodingOf returns what the headers of a message say about its payload.
func EncodingOf(headers map[string][]string) Encoding {
	return Encoding{ContentType: Header(headers, HeaderContentType), ContentEncoding: Header(headers, HeaderContentEncoding)}
}

// Headers returns the headers that say so.
func (e Encoding) Headers() map[string][]string {
	headers := map[string][]string{HeaderContentType: {e.ContentType}}
	if e.ContentEncoding != "" {
		headers[HeaderContentEncoding] = []string{e.ContentEncoding}
	}
	return headers
}

// Headers returns the headers of a change of that encoding: CloudEvents 1.0, binary mode. The incarnation is that of
// PATCH_CHANGES.
func (h *Head) Headers(eventType, incarnation string, enc Encoding) map[string][]string {
	headers := enc.Headers()
	for name, value := range map[string]string{
		"ce-specversion":     "1.0",
		"ce-id":              h.ID,
		"ce-source":          "/patchstream/" + incarnation,
		"ce-type":            eventType,
		"ce-subject":         h.Host,
		"ce-time":            h.At.UTC().Format(time.RFC3339Nano),
		"ce-datacontenttype": enc.ContentType,
	} {
		headers[name] = []string{value}
	}
	return headers
}

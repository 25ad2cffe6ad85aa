package messages

import "fmt"

// MsgID returns the Nats-Msg-Id of an event, by which JetStream drops a copy at the door.
func MsgID(kind Kind, host, id string) string { return string(kind) + "/" + host + "/" + id }

// ChangedID returns the id of a host's [Changed] of a revision. The incarnation is that of PATCH_CHANGES.
func ChangedID(incarnation, host string, revision uint64) string {
	return fmt.Sprintf("%s/%s/%d", incarnation, host, revision)
}

// StatusID returns the id of a host's [StatusChanged] of a revision.
func StatusID(incarnation, host string, revision uint64) string {
	return ChangedID(incarnation, host, revision) + "/status"
}

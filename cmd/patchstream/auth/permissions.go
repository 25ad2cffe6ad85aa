package auth

import (
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// The accounts.
const (
	AccountPatch   = "PATCH"
	accountHosts   = "HOSTS"
	accountReaders = "READERS"

	// AccountViewers is that of viewers; by it they know themselves.
	AccountViewers = "VIEWERS"
)

// The keys of hosts and readers are easy to get. "serve" sees to it that none of them has many connections (package natsd).
const (
	maxSubscriptions = 16 // of a connection

	// maxOfAccount bounds the connections of all users of one account, at any server, so that others have room there.
	maxOfAccount = 40_000
)

// readerInfo is the subject on which readers ask about their consumer. JetStream's own, in an account that has no
// JetStream, is answered with just that; a mapping leads from it to this one.
const readerInfo = "patchstream.reader.info."

// viewerGet is the same for viewers, who ask for messages of streams. JetStream answers one a request, whatever it is asked for, so that nobody
// can ask for much at once; its direct gets give as many as they are asked for, with the stream held up meanwhile.
const viewerGet = "patchstream.viewer.get."

const messageGet = "$JS.API.STREAM.MSG.GET."

// viewed are the streams that viewers may read.
func viewed() []string {
	return []string{
		messages.StreamChanges, messages.BucketStream(messages.BucketHosts), messages.BucketStream(messages.BucketScans), messages.BucketStream(messages.BucketBaselines), messages.BucketStream(messages.BucketItems),
	}
}

const (
	resendGet    = "$JS.API.DIRECT.GET." + messages.StreamResend + "."
	consumerInfo = "$JS.API.CONSUMER.INFO." + messages.StreamChanges + "."
	consumerNext = "$JS.API.CONSUMER.MSG.NEXT." + messages.StreamChanges + "."
	consumerAck  = "$JS.ACK." + messages.StreamChanges + "."
)

// UserInfo is where a server says of who asks as whom it came, and what it may.
const UserInfo = "$SYS.REQ.USER.INFO"

// operatorName is the begin of a subject that carries nothing. An operator may subscribe to it with its own name at the end: a server
// has no names for nkeys, and says so what the one is called that asks it.
const operatorName = "patchstream.operator."

// subscribes returns the subjects to which a user may subscribe.
func subscribes(u User) []string {
	subjects := []string{InboxPrefix(u.PublicKey) + ".>"}
	if u.Role == Operator {
		subjects = append(subjects, operatorName+u.Name)
	}
	return subjects
}

// OperatorName returns the name of the operator who may subscribe to these subjects; empty: they are no operator's.
func OperatorName(subscribes []string) string {
	for _, subject := range subscribes {
		if name, is := strings.CutPrefix(subject, operatorName); is {
			return name
		}
	}
	return ""
}

// allowed returns the subjects on which a user may publish, and those on which it may not although the former
// cover them.
func allowed(u User) (allow, deny []string) {
	switch u.Role {
	case Host:
		return []string{
			messages.KindScan.Subject(u.Name), messages.KindRun.Subject(u.Name), resendGet + messages.ResendSubject(u.Name),
		}, nil
	case Reader:
		return []string{readerInfo + u.Name, consumerNext + u.Name, consumerAck + u.Name + ".>"}, nil
	case Viewer:
		allow = []string{UserInfo}
		for _, stream := range viewed() {
			allow = append(allow, viewerGet+stream)
		}
		return allow, nil
	case Operator:
		return operator(), nil
	}
	return []string{
			messages.ChangedSubject(messages.AllHosts), messages.StatusSubject(messages.AllHosts), messages.DeadSubjectsOfAll, messages.ResendSubject(messages.AllHosts),
			messages.LaterSubjectsOfAll, messages.DueSubject(messages.AllHosts), messages.KindRecheck.Subject(messages.AllHosts),
			"$KV.>", "$JS.API.>", "$JS.ACK.>", "$JS.FC.>",
		}, []string{
			messages.KeySubject(messages.BucketBaselines, ">"), "$JS.API.STREAM.DELETE.>", "$JS.API.STREAM.RESTORE.>", "$JS.API.STREAM.MSG.DELETE.>",
			"$JS.API.STREAM.PURGE." + messages.StreamChanges, "$JS.API.STREAM.PURGE." + messages.StreamEvents,
			"$JS.API.STREAM.PURGE." + messages.StreamLater, // PATCH_DEAD it must: there the oldest letters of a host make room
			"$JS.API.STREAM.PURGE." + messages.BucketStream(messages.BucketHosts), "$JS.API.STREAM.PURGE." + messages.BucketStream(messages.BucketBaselines),
			"$JS.API.STREAM.PURGE." + messages.BucketStream(messages.BucketScans), // one at a time, by a mark under its key
			"$JS.API.STREAM.UPDATE." + messages.BucketStream(messages.BucketBaselines),
		}
}

// operator may read everything, and write what is a person's to decide. It may speak for a host too, since it
// puts dead letters back.
func operator() []string {
	allow := []string{
		messages.KindScan.Subject(messages.AllHosts), messages.KindRun.Subject(messages.AllHosts), messages.KindOverride.Subject(messages.AllHosts),
		messages.KindRecheck.Subject(messages.AllHosts), messages.KindRetire.Subject(messages.AllHosts), messages.KeySubject(messages.BucketBaselines, ">"), messages.KeySubject(messages.BucketItems, ">"),
		"$JS.API.INFO", "$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.INFO.*.*",
		"$JS.API.STREAM.MSG.DELETE." + messages.StreamDead, "$JS.API.STREAM.PURGE." + messages.StreamDead,
		"$JS.API.CONSUMER.DURABLE.CREATE." + messages.StreamChanges + ".*", "$JS.API.CONSUMER.LIST." + messages.StreamChanges, consumerAck + ">", "$JS.FC.>",
		UserInfo,
		"$JS.API.STREAM.MSG.GET." + messages.BucketStream(messages.BucketScans),
		"$JS.API.DIRECT.GET." + messages.BucketStream(messages.BucketScans) + ".>",
	}
	for _, stream := range []string{
		messages.StreamChanges, messages.StreamDead, messages.BucketStream(messages.BucketHosts), messages.BucketStream(messages.BucketBaselines),
		messages.BucketStream(messages.BucketItems),
	} {
		allow = append(
			allow, "$JS.API.STREAM.MSG.GET."+stream, "$JS.API.DIRECT.GET."+stream, "$JS.API.DIRECT.GET."+stream+".>",
			"$JS.API.CONSUMER.CREATE."+stream, "$JS.API.CONSUMER.CREATE."+stream+".>",
			"$JS.API.CONSUMER.MSG.NEXT."+stream+".*", "$JS.API.CONSUMER.DELETE."+stream+".*",
		)
	}
	return allow
}

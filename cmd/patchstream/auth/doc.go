// Package auth keeps the directory that says who may speak to a NATS server: an ordinary nats-server
// configuration with a user for each host, worker, operator, viewer and reader, and the seeds of their keys.
//
// A directory holds nats-server.conf, written once and then the operator's to edit; auth.conf, which it includes
// and which is written anew from users.json at every change; and keys/, a seed for each user, to be moved to
// whoever is that user. The server needs no seed: auth.conf has public keys only.
//
// The users live in three accounts. PATCH has JetStream, the workers and the operators. HOSTS and READERS import
// from it, as services, only what hosts and readers need. So whatever subject a host names for the reply to its
// event, the reply ends in its own account, where no stream listens; with a shared account, JetStream would store
// its acknowledgement in the stream of that subject. A reader may not make a consumer, which could deliver
// to any subject of PATCH: an operator makes one for it. Viewers, in VIEWERS, import the question for one stored message, of the
// streams that they may read, and no other.
//
// Every user may subscribe to _INBOX.<its public key>.> and to nothing else, so no one reads another's replies.
//
// The package talks to no server; one that runs must be signalled to read the files again.
package auth

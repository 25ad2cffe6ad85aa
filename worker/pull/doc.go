// Package pull takes messages from a JetStream consumer, and tells what the server says from what a sender wrote.
//
// Duty: ask for messages by CONSUMER.MSG.NEXT, one request at a time, each bounded in messages and bytes; ask again when a
// request ended, when the server fell silent and when the connection came back; hand every message of the stream on as it was
// stored, telling the server meanwhile that it is in hand. It never decodes a message, gives none back, and makes or deletes no
// consumer.
//
// Flow: request → messages on their own subjects, statuses of the server on our inbox → request.
//
// Guarantee: only a message whose subject is our inbox is a status. The Go client takes the headers Status, Description,
// Nats-Pending-Messages, Nats-Pending-Bytes and Nats-Pin-Id for the server's word wherever they stand, so whoever may publish
// into a stream could stop its readers. Here they are headers like all others.
package pull

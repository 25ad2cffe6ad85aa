// Package dial is the way to a NATS server: its URL, our credentials, TLS, and what the server denied us. It says of
// everything that goes wrong on the way, in one line, which flag to give or what to start. It asks no question of its own
// and prints nothing.
//
// Who receives our replies is settled here too: a user with a key of its own receives them where nobody else may
// (auth.InboxPrefix). A refusal that cannot be done without ends the work at once, with its reason; no call waits for
// a time-out that has a cause.
package dial

package natsd

import (
	"cmp"
	"slices"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// What connections may take. The descriptors that are left are for the files of JetStream, for HTTP and for those who come
// with a key that is needed: a connection that does nothing is closed.
const (
	mostConnections = 50_000
	subscriptions   = 1000 // of one connection; a worker has a few dozen
	ofOneKey        = 16   // of a host or a reader
	pingEvery       = 20 * time.Second
	pingsOut        = 2

	// waitingBytes of what was published may wait for a stream. What is beyond is refused, and its publisher tries again; else
	// whoever publishes without waiting for an answer takes the server's memory.
	waitingBytes = 32 << 20
)

func limit(opts *server.Options) {
	opts.MaxConn = maxConnections(descriptors())
	opts.MaxSubs = subscriptions
	opts.StreamMaxBufferedSize = waitingBytes
	opts.PingInterval, opts.MaxPingsOut = pingEvery, pingsOut
}

// maxConnections returns how many connections there may be where the process may have so many descriptors: three quarters,
// and at least 256 are left.
func maxConnections(descriptors uint64) int {
	const least, left = 64, 256
	n := min(descriptors/4*3, mostConnections)
	if descriptors-n < left {
		n = max(least, descriptors-min(left, descriptors))
	}
	return int(n)
}

// crowdEvery is how often it is looked who has too many connections.
const crowdEvery = time.Second

// keepOutCrowds closes, until the server ends, the connections of users of whom one has more than its part: hosts, readers
// and viewers have keys that are easy to get. nats-server bounds connections of accounts, not of users.
func keepOutCrowds(n *server.Server, logger *logger) {
	tick := time.NewTicker(crowdEvery)
	defer tick.Stop()
	for range tick.C {
		if !n.Running() {
			return
		}
		for _, account := range []string{hostsAccount, readersAccount, viewersAccount} {
			open, err := n.Connz(&server.ConnzOptions{Username: true, Account: account, Limit: mostConnections})
			if err != nil { // there is no such account: all are the same
				continue
			}
			for _, user := range crowds(open.Conns, ofOneKey) {
				logger.Warnf("user %s of %s had %d connections, more than %d: the oldest are closed (\"patchstream auth list\" names the user)",
					user[0].AuthorizedUser, account, len(user)+ofOneKey, ofOneKey)
				for _, c := range user {
					_ = n.DisconnectClientByID(c.Cid) // it may have gone by itself
				}
			}
		}
	}
}

// crowds returns for each user with more than most connections the oldest, which are too many.
func crowds(open []*server.ConnInfo, most int) (tooMany [][]*server.ConnInfo) {
	of := make(map[string][]*server.ConnInfo)
	for _, c := range open {
		of[c.AuthorizedUser] = append(of[c.AuthorizedUser], c)
	}
	for _, user := range of {
		if len(user) > most {
			slices.SortFunc(user, func(a, b *server.ConnInfo) int { return cmp.Compare(a.Cid, b.Cid) })
			tooMany = append(tooMany, user[:len(user)-most])
		}
	}
	return tooMany
}

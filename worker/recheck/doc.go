// Package recheck has hosts classified again: it asks the workers, by an event for each host, and says what moved. What an operator decided
// about baselines, groups and settings acts so, without waiting for the hosts' own next events.
//
// Events are taken in their order. So that scans and runs do not wait behind a whole fleet, no more than a window of rechecks is ever in
// the queue: the next ones are sent as workers take those. A recheck that comes twice changes nothing, and one that was never sent leaves its
// host marked as outdated (package query), so that nothing is lost where who sends them dies.
package recheck

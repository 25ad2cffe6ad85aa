// Package query holds the questions about hosts, for people and machines that ask rather than follow, and the JSON views of
// their answers: one set of both, whoever asks. It reads the reports that workers have stored in KV_PATCH_HOSTS, the full scans
// beside them, which their patches are of, and the baselines. It changes nothing, creates nothing, and prints nothing.
//
// A report is as old as the last event of its host, and says how old its facts are. What time alone has changed
// since is applied as it is read: a scan that became too old, an override that expired, and a name that two machines share no
// longer; for the last two the facts are classified again. So a question may be answered with what no change has published yet.
//
// A [Fleet] reads the server for each question: for who asks about one host. An [Index] holds the fleet in memory and follows it: for who
// asks about many hosts, or often. It is made of the two buckets alone, disposable, and ready once it has read all; each of its answers says how
// far it goes. Of each package it knows the hosts that have it, by version; what a fleet has in common it keeps once. Both say the same.
//
// Views are part of the contract with scripts: a field keeps its name and meaning, and none is dropped.
package query

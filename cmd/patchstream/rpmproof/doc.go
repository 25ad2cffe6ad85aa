// Package rpmproof is the proof that a scan of a host of rpm says what rpm and its package manager say, and is never green
// where they do not know; and that a run says what became of each package, whatever dnf or zypper say of it. It holds tests
// only.
//
// It builds packages, signs them, and makes repositories of them, with notices and module streams, out of the tables in
// testdata/rpm. Of those it makes hosts: the machine's own file system, over which an overlay lays the files that make it a
// Rocky Linux 9.3: os-release, rpm's database, dnf's configuration and cache. In them the real rpm and dnf work, and the
// program as it is built. Each test has a host of its own, which goes with it; so does all that is mounted, which is in a
// mount namespace of the test's.
//
// It needs root, and Debian's dnf, rpm, createrepo-c and gpg. `make rpm` runs it, and so does `make prove`; `make test` does
// not.
package rpmproof

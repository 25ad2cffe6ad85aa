// Package fleet makes the events of a fleet of any size for measuring: the same ones for the same seed, on any machine.
//
// What is on a host is recorded: names, versions, sources, priorities and sections are those of Debian 12, and so are the versions that
// its security archive has above them (testdata/record). Made up is which host has what. Hosts are of a few kinds, as machines made of a
// few images are: most packages all of them have, the others all of one kind, and one in a hundred is a host's own. Hosts are
// patched in rings: those of one kind and one ring lack the same updates, but for a few. One in eight of the packages has an update that is not
// installed, as on the recorded host of testdata/apt.
//
// A host goes on in rounds. In each some packages (5, unless told otherwise) are others than in the round before: an update
// is installed where one was to be had, else a new one comes out, numbered as Debian does it. So every round changes the state of as many patches.
//
// It publishes nothing and knows no server.
package fleet

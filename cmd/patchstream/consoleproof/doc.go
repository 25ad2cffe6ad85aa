// Package consoleproof is the proof of the console, in Chromium. It holds tests only.
//
// It starts the program as users do, `patchstream serve --auth`, publishes the story of the demo and a fleet that is made of it, and then
// looks at the console as people do, with a viewer's key and with an operator's: every view in light and dark at 360, 1280 and 2560 pixels,
// by mouse, by keyboard, back and forward, with scripts and without. In each tab an error on the console, a dialog, or a request to another
// origin fails the test, and so does what axe-core calls serious or critical.
//
// The commands that views name are run, too. `make console` runs it all, with Debian's chromium, curl and awscli. The flag -console.shots names a directory for a picture of each view; -update writes the two
// that the README shows.
package consoleproof

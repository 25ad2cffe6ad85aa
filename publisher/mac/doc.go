// Package mac makes a scan of what macOS's own tools say of its updates.
//
// Its duty is to read. Which updates there are softwareupdate says, what was installed the install history, and how
// fresh that is the preferences of Software Update. It searches for nothing, installs nothing, and classifies nothing.
//
//	[ReadDir], [ReadTar] ─▶ files of a dump ─┐
//	[Collect], on a Mac ──▶ the same, asked ─┴─▶ [Dump.Scan]
//
// Both ways end in the same text, so what is tested on dumps is what runs on a Mac. docs/macos.md has the files of a dump.
//
//	softwareupdate --list ─▶ names, versions and kinds of what is offered
//	InstallHistory.plist ──▶ names and versions of what was installed, the newest row of each
//	sw_vers ───────────────▶ the version of macOS itself, whatever the history says
//	SoftwareUpdate.plist ──▶ when a search last ended well
//
// The guarantee: a scan that says Complete rests on a list that softwareupdate gave, or its word that there is nothing new.
// Output that is neither is not taken for an empty list: such a scan has Complete false and the reason in Error.
//
// What it does not say: what failed (the history has successes only), what the App Store has, and whether what was once
// installed is still there. There are no dates and no severities.
package mac

// Package windows makes events of what a Windows host's own update agent says: one scan, and the runs in its history.
//
// Its duty is to read. It asks nothing: a script on the host (docs/examples/windows) asks the Windows Update Agent, whose
// interface is COM, and writes the answers to a file, the dump; docs/windows.md has its form. What is missing, hidden or
// superseded the agent has decided; nothing of that is worked out here again, and nothing is classified.
//
//	text ─▶ [Read] ─▶ [Dump] ─┬─▶ [Dump.Scan]  a package for each KB, an advisory for each update
//	                          └─▶ [Dump.Runs]  what the history tells, a run for each sitting
//
// A dump may come from any script and any PowerShell: with a byte order mark, in UTF-16, with times as Windows PowerShell or
// as PowerShell 7 writes them, with a list of one element unrolled to that element. What it cannot be is half understood:
// an error of Read names the field, as Searches[1].Updates[0].Identity.UpdateID.
//
// The guarantee: a scan that says Complete rests on searches for all installed and for all other updates, both of which
// ended well. Whatever falls short of it is a scan with Complete false and the reason in Error, without packages. The same dump
// makes the same events, ids and all, however often it is read: what is sent twice counts once.
//
// What it does not say: what a WSUS server has not approved, for the agent does not see it; and, where the answer came from
// Microsoft's offline file, anything but security. Both stand in the scan's origins.
package windows

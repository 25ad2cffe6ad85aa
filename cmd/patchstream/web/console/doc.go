// Package console is the fleet for people: pages of HTML at /, which a browser reads without any script.
//
// Each page is a Go function that asks the index (package query) or the stream of changes (package history), and a template in pages. It says
// how far its answer goes, which command says the same, and where the same is as CSV; what is wrong is a page too. What people decide goes
// through the API (package web) in the name of whoever sent the form, so a check, a right or a line in the log is in one place only. One
// stylesheet and one script are all that a page loads; the script updates, copies and moves the focus, and nothing needs it.
//
// What hosts say is hostile: every word of theirs goes through html/template, no address is put together from texts, and the policy that
// comes with each page lets nothing run but that one script. A key that is limited to patch groups sees their hosts alone. The package
// keeps nothing but what is disposable, and classifies nothing.
package console

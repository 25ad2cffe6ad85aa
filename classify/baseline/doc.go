// Package baseline is a patch baseline as AWS Systems Manager writes it (SSM API, GetPatchBaseline): it reads one, says
// what in it is wrong or would be refused by AWS, prints it again, and has AWS's predefined ones built in.
//
// Which systems are judged alike, and which keys of filters mean something on them, is data: [Family].
//
// It decides nothing about a package: what filters, entries and levels mean for one is package classify's. It does no
// input or output, and panics on no text. A baseline that was read is whole: every enum has a known value, and every
// rule has a filter group.
package baseline

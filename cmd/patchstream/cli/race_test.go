//go:build race

package cli

// race has the binary look for races too.
var race = []string{"-race"}

//go:build race

package main

// race has the binary look for races too.
var race = []string{"-race"}

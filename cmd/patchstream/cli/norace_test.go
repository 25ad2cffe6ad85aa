//go:build !race

package cli

var race []string

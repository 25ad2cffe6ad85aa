//go:build !unix

package host

const openNonblock = 0

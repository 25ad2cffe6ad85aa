package wire

// skipper is what a reader gives so that values can be passed that are not known here.
type skipper interface {
	skipHead() // passes a value, and of a list or map the beginning
	more() bool
	key() []byte
}

// skipValue passes one value, whatever is in it. The depth of a payload does not become that of the stack.
func skipValue(c *cursor, from skipper) {
	outside := c.depth
	for {
		from.skipHead()
		for c.err == nil && c.depth > outside && !from.more() {
			// The end of a list or map is the end of a value in the one around it.
		}
		if c.err != nil || c.depth == outside {
			return
		}
		if c.innermost().closing == '}' {
			from.key()
		}
	}
}

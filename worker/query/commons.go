package query

// commons are what hosts have in common, each once.
type commons map[common]*sharedCommon

type sharedCommon struct {
	common
	hosts int // that share it
}

// take lets a host share what it has in common with others.
func (c commons) take(e *entry) {
	of := c[*e.common]
	if of == nil {
		of = &sharedCommon{common: *e.common}
		c[of.common] = of
	}
	of.hosts++
	e.common = &of.common
}

// release is for a host that was taken, and is forgotten.
func (c commons) release(e *entry) {
	of := c[*e.common]
	if of.hosts--; of.hosts == 0 {
		delete(c, of.common)
	}
}

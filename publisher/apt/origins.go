package apt

import "github.com/patchstream/patchstream/messages"

// catalogue is the scan's list of origins, and where in it to look.
type catalogue struct {
	origins   []messages.Origin
	of        []int          // by index: its origin
	described map[string]int // by what apt's version table calls an index
}

// newCatalogue lists the origins in apt's order: the indices of two architectures are of one origin. Behind them come
// the archives that are configured and of which nothing could be read.
func newCatalogue(indices []*index, absent []absence) *catalogue {
	c := &catalogue{of: make([]int, len(indices)), described: make(map[string]int, len(indices))}
	at := map[messages.Origin]int{}
	add := func(o messages.Origin) int {
		n, ok := at[o]
		if !ok {
			n = len(c.origins)
			at[o] = n
			c.origins = append(c.origins, o)
		}
		return n
	}
	read := map[part]bool{}
	for i, ix := range indices {
		read[ix.part()] = true
		read[ix.part().of("all")] = true // its packages may stand in the others, and of a repository without a Release file nothing tells
		c.of[i] = add(ix.asOrigin())
		c.described[ix.described] = c.of[i]
	}
	for _, a := range absent {
		if !read[a.target.part()] {
			add(a.asOrigin())
		}
	}
	return c
}

func (ix *index) asOrigin() messages.Origin {
	o := messages.Origin{
		Archive: ix.suite, Site: ix.site, Origin: ix.origin, Label: ix.label,
		Component: ix.comp, Codename: ix.codename, Trusted: ix.trusted,
	}
	if ix.release != nil {
		o.Date, o.ValidUntil = ix.release.date, ix.release.validUntil
	}
	return o
}

// asOrigin returns an origin that carries nothing, called as its Release file does, or else as its source.
func (a *absence) asOrigin() messages.Origin {
	o := messages.Origin{Archive: a.target.archive(), Site: a.target.site, Component: a.target.comp, Unread: true}
	if a.release != nil {
		o.Archive, o.Codename, o.Label, o.Origin = a.release.suite, a.release.codename, a.release.label, a.release.origin
	}
	return o
}

// named returns the origins that apt's version table names, in the scan's order, and false where it names one that
// is no index of ours.
func (c *catalogue) named(sources []string) ([]int, bool) {
	var origins []int
	for _, source := range sources {
		n, ok := c.described[source]
		if !ok {
			return nil, false
		}
		origins = append(origins, n)
	}
	return origins, true
}

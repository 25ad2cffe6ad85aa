package messages

import (
	"time"

	"github.com/patchstream/patchstream/messages/wire"
)

// checker looks for the first field of an event that breaks the contract. Its methods take the name of a
// field of the present record.
type checker struct {
	place
	nVersion int // versions in the scan
	nItem    int // elements of lists that have no bound of their own
}

// element goes into a record of a list; leave ends it.
func (c *checker) element(list string, i int) {
	c.field(list)
	c.item(i)
	c.enter()
}

// id is 1 to 64 printable ASCII characters without space.
func (c *checker) id(name, s string) {
	switch {
	case s == "":
		c.failAt(name, "is required")
	case len(s) > MaxIDBytes:
		c.failAt(name, "is longer than %d bytes", MaxIDBytes)
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			c.failAt(name, "%.64q: only printable ASCII characters without space are allowed", s)
		}
	}
}

func (c *checker) host(name, s string) {
	if s == "" {
		c.failAt(name, "is required")
	}
	if err := ValidHost(s); err != nil {
		c.failAt(name, "%v", err)
	}
}

func (c *checker) required(name, s string) {
	if s == "" {
		c.failAt(name, "is required")
	}
	c.text(name, s)
}

func (c *checker) text(name, s string) {
	if len(s) > MaxStringBytes/3 {
		c.long(name, s, MaxStringBytes)
	}
}

func (c *checker) version(name, s string) {
	if len(s) > MaxVersionBytes/3 {
		c.long(name, s, MaxVersionBytes)
	}
}

// long checks a string that may be too long.
func (c *checker) long(name, s string, maxBytes int) {
	if wire.TextBytes(s) > maxBytes {
		c.failAt(name, "is longer than %d bytes", maxBytes)
	}
}

// oneOf is one of the words, or empty.
func oneOf[S ~string](c *checker, name string, s S, words ...S) {
	if s == "" {
		return
	}
	for _, w := range words {
		if s == w {
			return
		}
	}
	c.failAt(name, "%.64q is none of %s", string(s), join(words))
}

func (c *checker) atMost(name string, n, most int) {
	if n > most {
		c.failAt(name, "has %d elements, the bound is %d", n, most)
	}
}

// items counts the elements of a list that has no bound of its own.
func (c *checker) items(name string, n int) {
	if c.nItem += n; c.nItem > MaxListItems {
		c.failAt(name, "is beyond %d elements in all lists of the message", MaxListItems)
	}
}

func (c *checker) texts(name string, list []string) {
	if len(list) == 0 { // as most are
		return
	}
	c.items(name, len(list))
	for i, s := range list {
		if len(s) > MaxStringBytes/3 && wire.TextBytes(s) > MaxStringBytes {
			c.field(name)
			c.item(i)
			c.fail("is longer than %d bytes", MaxStringBytes)
		}
	}
}

// instant is a time in the years that a payload can hold.
func (c *checker) instant(name string, t time.Time) {
	if err := wire.CheckTime(t); err != nil {
		c.failAt(name, "%v", err)
	}
}

// stamp is a time of the host's clock that counts.
func (c *checker) stamp(name string, t time.Time) {
	c.instant(name, t)
	if !t.IsZero() && t.Before(OldestTime()) {
		c.failAt(name, "%s is before the year 2000", rfc3339(t))
	}
}

func (c *checker) requiredStamp(name string, t time.Time) {
	if t.IsZero() {
		c.failAt(name, "is required")
	}
	c.stamp(name, t)
}

// boot is when the host booted, which cannot be after the event.
func (c *checker) boot(t, event time.Time) {
	c.stamp("booted_at", t)
	if t.After(event) {
		c.failAt("booted_at", "%s is after the event's own time, %s", rfc3339(t), rfc3339(event))
	}
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

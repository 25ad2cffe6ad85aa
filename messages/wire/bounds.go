package wire

// The bounds of every payload.
const (
	MaxStringBytes = 4 << 10   // a key, a time, and any string whose field gives no other bound
	MaxListItems   = 2_000_000 // all lists together that have no bound of their own
)

// maxNesting is how deep lists and maps may stand in each other in a field that is not known here.
const maxNesting = 32

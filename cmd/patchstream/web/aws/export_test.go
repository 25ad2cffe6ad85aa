package aws

// What a test looks at by itself.
var (
	Decode = decode
	Encode = encode
	Check  = check

	Title = titleOf
	State = stateOf
	Words = words
)

// Operations returns the names of all operations, and of each whether it writes.
func Operations() map[string]bool {
	names := make(map[string]bool)
	for name, op := range new(service).operations() {
		names[name] = op.writes
	}
	return names
}

// Constrained returns the members that have constraints.
func Constrained() (members []string) {
	for member := range constraints {
		members = append(members, member)
	}
	return members
}

package messages

import "github.com/patchstream/patchstream/messages/wire"

// The fields that most records have. The tables of fields are the contract in code.

// major is the field v.
func major[T any]() wire.Field[T] { return wire.Major[T](SchemaVersion) }

// text is any string, absent when empty.
func text[T any](name string, at func(*T) *string) wire.Field[T] {
	return wire.Text(name, MaxStringBytes, at)
}

// version is a version string, absent when empty.
func version[T any](name string, at func(*T) *string) wire.Field[T] {
	return wire.Text(name, MaxVersionBytes, at)
}

// ruleText is what a baseline says, as it was written there, absent when empty.
func ruleText[T any](name string, at func(*T) *string) wire.Field[T] {
	return wire.Text(name, maxRuleBytes, at)
}

// word is a string of a type of its own, absent when empty.
func word[T any, S ~string](name string, at func(*T) *S) wire.Field[T] {
	return wire.Word(name, MaxStringBytes, at)
}

package mac

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// A property list may nest as deep as it is long. Neither form may exhaust the stack.
func TestADeepListIsRefused(t *testing.T) {
	t.Parallel()
	n := 500_000
	xml := "<plist>" + strings.Repeat("<array>", n) + strings.Repeat("</array>", n) + "</plist>"
	var rows []installRow
	if err := decodePlist([]byte(xml), &rows); err == nil || !strings.Contains(err.Error(), "nests deeper than 64") {
		t.Errorf("XML: %v", err)
	}
	if err := decodePlist(deepBinary(n), &rows); err == nil || !strings.Contains(err.Error(), "nests deeper than 64") {
		t.Errorf("binary: %v", err)
	}
	itself := deepBinary(2)
	itself[12] = 0 // its one element is the list itself
	if err := decodePlist(itself, &rows); err == nil || !strings.Contains(err.Error(), "nests deeper than 64") {
		t.Errorf("in itself: %v", err)
	}
	if err := checkBinary(deepBinary(40)); err != nil {
		t.Errorf("deep enough: %v", err)
	}
	if err := decodePlist(bytes.Repeat([]byte(" "), maxPlistBytes+1), &rows); err == nil || !strings.Contains(err.Error(), "the bound is") {
		t.Error(err)
	}
}

// deepBinary is a binary list of arrays, each in the one before.
func deepBinary(n int) []byte {
	const refBytes = 4
	text := []byte("bplist00")
	var offsets []byte
	for i := range n {
		offsets = binary.BigEndian.AppendUint32(offsets, uint32(len(text)))
		if i == n-1 {
			text = append(text, 0xA0) // an empty array
			break
		}
		text = binary.BigEndian.AppendUint32(append(text, 0xA1), uint32(i+1))
	}
	table := len(text)
	text = append(text, offsets...)
	text = append(text, 0, 0, 0, 0, 0, 0, 4, refBytes)
	for _, v := range []int{n, 0, table} {
		text = binary.BigEndian.AppendUint64(text, uint64(v))
	}
	return text
}

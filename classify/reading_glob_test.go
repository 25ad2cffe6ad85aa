package classify_test

import "strings"

// Name entries and their globs (classification.md, section 3): Python's fnmatch, read from its documentation and its
// translation to regular expressions, on lower-cased text.

// entryFits reports whether an entry fits one of the forms in which a version of a package is named.
func entryFits(entry, name, arch, version string) bool {
	entry = strings.ToLower(entry)
	for _, form := range []string{
		name, version, name + "." + arch, name + "-" + version, arch + ":" + version, name + "." + arch + ":" + version,
	} {
		form = strings.ToLower(form)
		if entry == form || strings.ContainsAny(entry, "*?[") && globFits([]rune(entry), []rune(form)) {
			return true
		}
	}
	return false
}

// nameFits is entryFits for a package of which no version is known.
func nameFits(entry, name, arch string) bool {
	entry = strings.ToLower(entry)
	for _, form := range []string{name, name + "." + arch} {
		form = strings.ToLower(form)
		if entry == form || strings.ContainsAny(entry, "*?[") && globFits([]rune(entry), []rune(form)) {
			return true
		}
	}
	return false
}

func globFits(glob, text []rune) bool {
	if len(glob) == 0 {
		return len(text) == 0
	}
	if glob[0] == '*' {
		for i := range len(text) + 1 {
			if globFits(glob[1:], text[i:]) {
				return true
			}
		}
		return false
	}
	if len(text) == 0 {
		return false
	}
	switch glob[0] {
	case '?':
		return globFits(glob[1:], text[1:])
	case '[':
		if end := setEnd(glob); end > 0 {
			return inSet(glob[1:end], text[0]) && globFits(glob[end+1:], text[1:])
		}
	}
	return glob[0] == text[0] && globFits(glob[1:], text[1:])
}

// setEnd returns where the set that begins a glob is closed; 0: it is not.
func setEnd(glob []rune) int {
	i := 1
	if i < len(glob) && glob[i] == '!' {
		i++
	}
	if i < len(glob) && glob[i] == ']' {
		i++
	}
	for ; i < len(glob); i++ {
		if glob[i] == ']' {
			return i
		}
	}
	return 0
}

func inSet(set []rune, c rune) bool {
	if set[0] == '!' {
		return !inChunks(set[1:], c)
	}
	return inChunks(set, c)
}

// inChunks splits a set at the hyphens that are neither first nor last in it, nor follow at once on the end of a
// range: the characters beside such a hyphen are the ends of a range.
func inChunks(set []rune, c rune) bool {
	var chunks [][]rune
	start, from := 0, 1
	for from < len(set) {
		k := from
		for k < len(set) && set[k] != '-' {
			k++
		}
		if k == len(set) {
			break
		}
		chunks = append(chunks, set[start:k])
		start, from = k+1, k+3
	}
	if start < len(set) {
		chunks = append(chunks, set[start:])
	} else if len(chunks) > 0 {
		chunks[len(chunks)-1] = append(append([]rune(nil), chunks[len(chunks)-1]...), '-')
	}
	for k := len(chunks) - 1; k > 0; k-- { // a range from the greater to the lesser holds nothing, and its ends go too
		left, right := chunks[k-1], chunks[k]
		if left[len(left)-1] > right[0] {
			chunks[k-1] = append(append([]rune(nil), left[:len(left)-1]...), right[1:]...)
			chunks = append(chunks[:k], chunks[k+1:]...)
		}
	}
	for i, chunk := range chunks {
		for _, r := range chunk {
			if r == c {
				return true
			}
		}
		if i > 0 && len(chunks[i-1]) > 0 && len(chunk) > 0 && chunks[i-1][len(chunks[i-1])-1] <= c && c <= chunk[0] {
			return true
		}
	}
	return false
}

package record

import "github.com/patchstream/patchstream/classify"

// Records up to version 4 have the patches of their reports whole, with a table of all their strings before them:
//
//	patches = count strings fields…     strings = count length… text
func decodeOldPatches(text []byte, frame *classify.Frame) ([]classify.Item, error) {
	r := patchReader{rest: string(text), frame: frame}
	const leastBytes = 14 // of a patch
	count := r.count(leastBytes)
	r.readStrings()
	patches := make([]classify.Item, count)
	for i := range patches {
		r.patch(&patches[i])
	}
	if len(r.rest) > 0 {
		r.fail(nil)
	}
	if r.err != nil {
		return nil, r.err
	}
	return patches, nil
}

func (r *patchReader) readStrings() {
	ends := make([]int, r.count(1))
	end := 0
	for i := range ends {
		n := r.number()
		if n > uint64(len(r.rest)) || end+int(n) > len(r.rest) {
			r.fail(nil)
			return
		}
		end += int(n)
		ends[i] = end
	}
	all := r.string(uint64(end))
	r.strings = make([]string, len(ends))
	begin := 0
	for i, end := range ends {
		if end > len(all) {
			r.fail(nil)
			return
		}
		r.strings[i], begin = all[begin:end], end
	}
}

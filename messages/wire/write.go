package wire

// Append appends a record to buf as a map of the fields that are present, and the records in its lists as lists where
// their tables and the format allow it. A string that is not UTF-8 is written with U+FFFD for each byte that is not.
//
// What it writes, [Read] takes: it keeps to the same bounds of the same tables. The error is a [*FieldError] that names the
// first field beyond one of them, and what was appended is then of no use.
func Append[T any](buf []byte, f Format, fields Table[T], rec *T) ([]byte, error) {
	e := encoder{buf: buf, format: f}
	if writeMap(&e, &fields, rec); e.err != nil {
		return e.buf, e.err
	}
	return e.buf, nil
}

func writeMap[T any](e *encoder, fields *Table[T], rec *T) {
	begin := e.beginMap(fields.most)
	n := writeFields(e, fields.inMap, rec, 0)
	e.endMap(begin, fields.most, n)
}

// writeFields writes fields of a map that has n others before them, and returns how many it has then.
func writeFields[T any](e *encoder, fields []Field[T], rec *T, n int) int {
	for i := range fields {
		f := &fields[i]
		switch {
		case f.text != nil: // most are: it is asked for once
			s := *f.text(rec)
			if s == "" && f.absent != nil {
				f.checkLeftOut(e)
				break
			}
			e.textPair(n, &f.key, s, f.maxBytes)
			n++
		case f.absent != nil && f.absent(rec):
			f.checkLeftOut(e)
		case f.word != nil:
			e.textPair(n, &f.key, f.word(rec), f.maxBytes)
			n++
		default:
			e.key(n, &f.key)
			f.write(e, rec)
			n++
		}
		if e.err != nil {
			e.err.within(f.name)
			break
		}
	}
	return n
}

// writeList writes a record as a list of its fields, of which the last one is present.
func writeList[T any](e *encoder, fields *Table[T], rec *T) {
	begin := len(e.buf)
	e.beginList(len(fields.list))
	end, n := len(e.buf), 0
	for i := range fields.list {
		f := &fields.list[i]
		if f.absent != nil && f.absent(rec) {
			e.null()
			f.checkLeftOut(e)
		} else {
			f.writeValue(e, rec)
			end, n = len(e.buf), i+1
		}
		if e.err != nil {
			e.err.within(f.name)
			return
		}
	}
	e.buf = e.buf[:end]
	e.buf[begin] = fixList | byte(n) // no table of a record that may be a list has more than 15 fields
}

func (f *Field[T]) checkLeftOut(e *encoder) {
	if f.required {
		e.fail("is required")
	}
}

func (f *Field[T]) writeValue(e *encoder, rec *T) {
	switch {
	case f.text != nil:
		e.text(*f.text(rec), f.maxBytes)
	case f.word != nil:
		e.text(f.word(rec), f.maxBytes)
	default:
		f.write(e, rec)
	}
}

// writeRecords writes a list of records in the shape that we prefer.
func writeRecords[T any](e *encoder, fields *Table[T], recs []T, most int) {
	e.atMost(len(recs), most)
	e.beginList(len(recs))
	var ends endings[T]
	for i := range recs {
		if e.err != nil {
			return
		}
		e.separate(i)
		switch {
		case e.format == MsgPack && fields.orList:
			writeList(e, fields, &recs[i])
		case e.format == MsgPack && fields.alike != nil:
			ends.writeMap(e, fields, &recs[i])
		default:
			writeMap(e, fields, &recs[i])
		}
		if e.err != nil {
			e.err.withinItem(i)
		}
	}
	e.endList()
}

// writeItems writes a list of values without a bound of its own.
func writeItems[V any](e *encoder, list []V, write func(V)) {
	e.countItems(len(list))
	e.beginList(len(list))
	for i, v := range list {
		if e.err != nil {
			return
		}
		e.separate(i)
		if write(v); e.err != nil {
			e.err.withinItem(i)
		}
	}
	e.endList()
}

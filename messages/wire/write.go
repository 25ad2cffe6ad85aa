package wire

// Append appends a record to buf as a map of the fields that are present, and the records in its lists as lists where
// their tables and the format allow it. A string that is not UTF-8 is written with U+FFFD for each byte that is not.
// The error is a [*FieldError]: a time has a year that no payload can hold, see [CheckTime].
func Append[T any](buf []byte, f Format, fields Table[T], rec *T) ([]byte, error) {
	e := encoder{buf: buf, format: f}
	writeMap(&e, fields, rec)
	return e.buf, e.err
}

func writeMap[T any](e *encoder, fields Table[T], rec *T) {
	begin := e.beginMap(fields.most)
	n := 0
	for _, late := range [...]bool{false, true} {
		for i := range fields.list {
			f := &fields.list[i]
			if f.late != late || f.absent != nil && f.absent(rec) {
				continue
			}
			e.key(n, f.name)
			f.write(e, rec)
			n++
		}
	}
	e.endMap(begin, fields.most, n)
}

// writeList writes a record as a list of its fields, of which the last one is present.
func writeList[T any](e *encoder, fields Table[T], rec *T) {
	begin := len(e.buf)
	e.beginList(len(fields.list))
	end, n := len(e.buf), 0
	for i := range fields.list {
		f := &fields.list[i]
		if f.absent != nil && f.absent(rec) {
			e.null()
			continue
		}
		f.write(e, rec)
		end, n = len(e.buf), i+1
	}
	e.buf = e.buf[:end]
	e.buf[begin] = fixList | byte(n) // no table of a record that may be a list has more than 15 fields
}

// writeRecords writes a list of records in the shape that we prefer.
func writeRecords[T any](e *encoder, fields Table[T], recs []T) {
	writeAll(e, recs, func(rec *T) {
		if e.format == MsgPack && fields.orList {
			writeList(e, fields, rec)
		} else {
			writeMap(e, fields, rec)
		}
	})
}

func writeAll[T any](e *encoder, list []T, write func(*T)) {
	e.beginList(len(list))
	for i := range list {
		e.separate(i)
		write(&list[i])
	}
	e.endList()
}

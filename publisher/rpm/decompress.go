package rpm

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// errZchunk is the error of a file that is compressed by zchunk, for which there is no reader in Go.
var errZchunk = errors.New("it is compressed by zchunk, which cannot be read; zchunk=False in dnf.conf has dnf fetch another form of it")

// errTooLarge is the error of a file that has more than maxNoticeBytes.
var errTooLarge = fmt.Errorf("it has more than %d bytes", int64(maxNoticeBytes))

// maxNoticeBytes bounds an updateinfo.xml, decompressed. The largest that is known has 40 MB.
const maxNoticeBytes = 1 << 30

// maxWindowBytes bounds the memory that a compressed file may ask for.
const maxWindowBytes = 64 << 20

// decompress hands a file's plain content to read, at most maxNoticeBytes of it. What it is compressed by its first bytes say.
func decompress(in io.Reader, read func(io.Reader) error) error {
	buffered := bufio.NewReaderSize(in, 64<<10)
	plain, done, err := plainOf(buffered)
	if err != nil {
		return err
	}
	defer done()
	return read(&bounded{plain, maxNoticeBytes})
}

func plainOf(in *bufio.Reader) (plain io.Reader, done func(), err error) {
	magic, _ := in.Peek(6)
	done = func() {}
	is := func(prefix string) bool { return bytes.HasPrefix(magic, []byte(prefix)) }
	switch {
	case is("\x1f\x8b"):
		plain, err = gzip.NewReader(in)
	case is("BZh"):
		plain = bzip2.NewReader(in)
	case is("\x28\xb5\x2f\xfd"):
		var z *zstd.Decoder
		if z, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindowBytes)); err == nil {
			plain, done = z, z.Close
		}
	case is("\xfd7zXZ\x00"):
		plain, err = xz.ReaderConfig{DictCap: maxWindowBytes}.NewReader(in)
	case is("\x00ZCK1"), is("\x00ZHR1"):
		err = errZchunk
	default:
		plain = in
	}
	return plain, done, err
}

// bounded is a reader that fails beyond a number of bytes, where io.LimitReader would end as if that were all.
type bounded struct {
	from io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.from.Read(p)
	b.left -= int64(n)
	return n, err
}

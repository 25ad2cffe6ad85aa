package dial

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// maxKeyBytes bounds a certificate, a bundle of them, a key, or credentials.
const maxKeyBytes = 1 << 20

// CheckKeyFiles returns an error for the first of the files that cannot be read; "" is none.
func CheckKeyFiles(files ...string) error {
	for _, file := range files {
		if file == "" {
			continue
		}
		if err := checkKeyFile(file); err != nil {
			return err
		}
	}
	return nil
}

// checkKeyFile returns an error where a certificate, a key or credentials cannot be read. It must be an ordinary file:
// it is read several times, and again at each connection.
func checkKeyFile(name string) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such file: check the name", name)
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory: name a file in it", name)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no ordinary file: a key or certificate is read again at each connection; write it to a file", name)
	case info.Size() > maxKeyBytes:
		return fmt.Errorf("%s has more than %d MiB, the most that is read of it: check that it is the file that is meant", name, maxKeyBytes>>20)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return f.Close()
}

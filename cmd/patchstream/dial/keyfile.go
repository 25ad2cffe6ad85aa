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
	switch {
	case errors.Is(err, fs.ErrPermission):
		return Unreadable(name, err)
	case err != nil:
		return err
	}
	return f.Close()
}

// Unreadable says of a file that we may not read it, and what to do.
func Unreadable(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // without the name, which is said already
	}
	return fmt.Errorf("%s: we may not read it (%w): run as who may, or change its mode", name, err)
}

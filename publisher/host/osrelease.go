package host

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/patchstream/patchstream/messages"
)

// An os-release file (os-release(5)) is a list of shell assignments, one a line. A value may be quoted:
//
//	NAME="Debian GNU/Linux"
//	VERSION_ID='12'
//	VERSION_CODENAME=bookworm
//	ID=debian
//	# a comment
//
// In double quotes a backslash takes the special meaning off the next character. There is no expansion.

const osReleaseLimit = 64 << 10

// UnidentifiedError tells of a root in which nothing says which operating system it holds.
type UnidentifiedError struct{ Why string }

func (e *UnidentifiedError) Error() string { return e.Why }

// Identify says which operating system the root holds, all but its architecture, which the package manager knows. A
// container or chroot has no kernel.
// Where nothing says it the error is an [*UnidentifiedError].
func Identify(r *Root) (messages.OS, error) {
	text, err := r.Read("etc/os-release", osReleaseLimit)
	if err != nil {
		text, err = r.Read("usr/lib/os-release", osReleaseLimit)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return messages.OS{}, &UnidentifiedError{r.dir + " has no os-release file"}
	}
	if err != nil {
		return messages.OS{}, fmt.Errorf("identify %s: %w", r.dir, err)
	}
	facts, err := parseOSRelease(bytes.NewReader(text))
	if err != nil {
		return messages.OS{}, fmt.Errorf("os-release of %s: %w", r.dir, err)
	}
	system := osFrom(facts)
	if system.System == "" {
		return messages.OS{}, &UnidentifiedError{"os-release of " + r.dir + " has no ID"}
	}
	minor(&system, r)
	if KernelOf(r) != KernelForeign {
		system.Kernel = r.Word("proc/sys/kernel/osrelease")
	}
	return system, nil
}

// osFrom turns os-release into AWS's words: system UBUNTU, product Ubuntu22.04. A system of another name
// keeps its own: a derivative is not classified as what it derives from.
func osFrom(facts map[string]string) messages.OS {
	id := facts["ID"]
	first, size := utf8.DecodeRuneInString(id)
	if size == 0 {
		return messages.OS{}
	}
	system := messages.OS{
		System:   strings.ToUpper(id),
		Product:  string(unicode.ToUpper(first)) + id[size:] + facts["VERSION_ID"],
		Version:  facts["VERSION_ID"],
		Codename: facts["VERSION_CODENAME"],
	}
	rename(&system, id)
	return system
}

// parseOSRelease reads an os-release file. A line that is no assignment is passed over.
func parseOSRelease(r io.Reader) (map[string]string, error) {
	facts := map[string]string{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		key, value, found := strings.Cut(strings.TrimSpace(lines.Text()), "=")
		if found && key != "" && !strings.HasPrefix(key, "#") {
			facts[key] = strings.ToValidUTF8(unquote(value), "\uFFFD")
		}
	}
	return facts, lines.Err()
}

func unquote(value string) string {
	n := len(value)
	if n < 2 || value[0] != value[n-1] || value[0] != '"' && value[0] != '\'' {
		return value
	}
	inner := value[1 : n-1]
	if value[0] == '\'' || !strings.Contains(inner, `\`) {
		return inner
	}
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' && i+1 < len(inner) {
			i++
		}
		b.WriteByte(inner[i])
	}
	return b.String()
}

// Kin tells whether the root's os-release names one of these systems as its own or as what it is like. Names that go on
// behind a dash or underscore count, too: opensuse-leap is an opensuse.
func Kin(r *Root, systems ...string) bool {
	text, err := r.Read("etc/os-release", osReleaseLimit)
	if err != nil {
		text, _ = r.Read("usr/lib/os-release", osReleaseLimit)
	}
	facts, _ := parseOSRelease(bytes.NewReader(text))
	for _, word := range strings.Fields(facts["ID"] + " " + facts["ID_LIKE"]) {
		begin, _, _ := strings.Cut(strings.ReplaceAll(word, "_", "-"), "-")
		if slices.Contains(systems, begin) {
			return true
		}
	}
	return false
}

package rpm

import (
	"bytes"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// The configuration of dnf and zypper is made of sections with keys. A line that begins with a space goes on with a value:
//
//	[main]
//	gpgcheck=1
//	[baseos]
//	baseurl = https://one.example.org/
//	          https://two.example.org/
//	# a comment

// ini is a configuration, by section and key. A key without a section is in the section "".
type ini map[string]map[string]string

const maxIniBytes = 4 << 20

// readIni reads a file of a root; one that is not there, or not to be read, has nothing.
func readIni(r *host.Root, name string) ini {
	text, err := r.Read(name, maxIniBytes)
	if err != nil {
		return ini{}
	}
	return parseIni(text)
}

func parseIni(text []byte) ini {
	conf := ini{}
	section, key := "", ""
	for raw := range bytes.Lines(text) {
		line := strings.TrimRight(strings.ToValidUTF8(string(raw), "\uFFFD"), " \t\r\n")
		trimmed := strings.TrimSpace(line)
		name, value, found := strings.Cut(line, "=")
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case trimmed[0] == '[' && strings.HasSuffix(trimmed, "]"):
			section, key = trimmed[1:len(trimmed)-1], ""
		case line[0] == ' ' || line[0] == '\t':
			if key != "" {
				conf[section][key] += " " + trimmed
			}
		case found:
			key = strings.TrimSpace(name)
			if conf[section] == nil {
				conf[section] = map[string]string{}
			}
			conf[section][key] = strings.TrimSpace(value)
		}
	}
	return conf
}

// is tells whether a value says yes.
func is(value string) bool {
	switch strings.ToLower(value) {
	case "1", "yes", "true", "on":
		return true
	}
	return false
}

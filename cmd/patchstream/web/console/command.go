package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
)

// command is a line for a shell that says what a page does.
type command struct {
	Tool string // patchstream, curl, aws
	Line string
}

// cli is a line of patchstream itself.
func cli(words ...string) command { return command{"patchstream", "patchstream " + quoted(words...)} }

// aws is a line of AWS's own tool.
func aws(r *http.Request, words ...string) command {
	return command{"aws", "aws " + quoted(words...) + " --endpoint-url " + quoted(origin(r))}
}

// curl is a line that asks the API for what a path below [web.Prefix] has.
func (c *console) curl(r *http.Request, path string, v url.Values) command {
	key := ""
	if c.cfg.Keys != nil {
		key = ` -H "Authorization: Bearer $PATCHSTREAM_API_KEY"`
	}
	return command{"curl", "curl -s" + key + " " + quoted(origin(r)+address(web.Prefix+path, v))}
}

// csvOf is the address of a list of the API as CSV.
func csvOf(path string, v url.Values) string {
	with := url.Values{"format": {"csv"}}
	for name, values := range v {
		with[name] = values
	}
	return address(web.Prefix+path, with)
}

// origin is how the browser calls the console.
func origin(r *http.Request) string {
	u := url.URL{Scheme: "http", Host: r.Host}
	if web.UnderTLS(r) {
		u.Scheme = "https"
	}
	return u.String()
}

var harmless = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// quoted writes words for a POSIX shell: none of them does anything there but stand for itself.
func quoted(words ...string) string {
	list := make([]string, len(words))
	for i, w := range words {
		if list[i] = w; !harmless.MatchString(w) {
			list[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(list, " ")
}

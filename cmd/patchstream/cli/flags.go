package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// oneOf is a flag that takes one of a few words.
type oneOf[S ~string] struct {
	value S
	words []S
}

func (o *oneOf[S]) String() string { return string(o.value) }
func (o *oneOf[S]) Type() string   { return o.join("|") }
func (o *oneOf[S]) Set(s string) error {
	if !slices.Contains(o.words, S(s)) {
		return fmt.Errorf("must be %s", o.join(" or "))
	}
	o.value = S(s)
	return nil
}

func (o *oneOf[S]) join(between string) string {
	words := make([]string, len(o.words))
	for i, w := range o.words {
		words[i] = string(w)
	}
	return strings.Join(words, between)
}

// addOutput adds -o and returns its value.
func addOutput(cmd *cobra.Command) *oneOf[print.Format] {
	o := &oneOf[print.Format]{print.Table, []print.Format{print.Table, print.JSON}}
	cmd.Flags().VarP(o, "output", "o", "print a table for people, or JSON")
	return o
}

// addStates adds --state.
func addStates(cmd *cobra.Command, usage string) *[]string {
	return cmd.Flags().StringArray("state", nil, usage+", such as MISSING; several with commas")
}

// addConditions adds --condition.
func addConditions(cmd *cobra.Command, usage string) *[]string {
	return cmd.Flags().StringArray("condition", nil, usage+", such as run_failed; several with commas, or said again")
}

// parseConditions returns the codes that are asked for. Of one that there is not it says what may be meant.
func parseConditions(names []string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var codes []string
	for n := range strings.SplitSeq(strings.Join(names, ","), ",") {
		code, known := strings.ToLower(strings.TrimSpace(n)), classify.Conditions()
		if !slices.Contains(known, code) {
			meant := "it is one of " + strings.Join(known, " ")
			if near := nearest(code, known, 2); len(near) > 0 {
				meant = "did you mean " + strings.Join(near, " or ") + "?"
			}
			return nil, usagef("--condition: there is no condition %q: %s", n, meant)
		}
		codes = append(codes, code)
	}
	return codes, nil
}

func parseStates(names []string) (query.States, error) {
	if len(names) == 0 {
		return nil, nil
	}
	set := make(query.States)
	for _, n := range strings.Split(strings.Join(names, ","), ",") {
		s, err := messages.ParseState(strings.TrimSpace(n))
		if err != nil {
			return nil, usagef("--state: %w", err)
		}
		set[s] = true
	}
	return set, nil
}

// checkAddress returns an error where the value of a flag is no address to listen on.
func checkAddress(flag, address, example string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return usagef("%s %q is not HOST:PORT, such as %s", flag, address, example)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return usagef("%s %q: the port must be a number from 0 to 65535", flag, address)
	}
	return nil
}

// env returns the environment variable's value as a flag's default, and the usage that says so.
func env(name, ifUnset, usage string) (value, text string) {
	usage = fmt.Sprintf("%s ($%s)", usage, name)
	if v := os.Getenv(name); v != "" {
		return v, usage
	}
	return ifUnset, usage
}

// hasVariable reports whether a flag's default is a variable of the environment.
func hasVariable(f *pflag.Flag) bool { return strings.Contains(f.Usage, "($") }

var errInstant = errors.New("write a time as 2026-11-20T10:00:00Z or 2026-11-20")

// instant reads a time: RFC 3339, or a day, which begins at midnight UTC.
func instant(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: %w", text, errInstant)
}

// instantOrAge reads a time, or an age such as 30d that place moves from now.
func instantOrAge(text string, place func(time.Duration) time.Time) (time.Time, error) {
	if age, err := classify.ParseAge(text); err == nil {
		return place(time.Duration(age)), nil
	}
	t, err := instant(text)
	if err != nil {
		return t, fmt.Errorf("%w, or an age as 30d or 2h, at most %s", err, classify.MaxAge)
	}
	return t, nil
}

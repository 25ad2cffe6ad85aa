package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/patchstream/patchstream/messages"
)

// takes accepts from least to most arguments; most < 0 is no bound.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("too few arguments: %s", cmd.UseLine())
		case most >= 0 && len(args) > most:
			return usagef("unexpected argument %q: %s", args[most], cmd.UseLine())
		}
		return nil
	}
}

// takesHost accepts from least to most arguments, the first of which names a host, and none of which is empty.
func takesHost(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := takes(least, most)(cmd, args); err != nil {
			return err
		}
		for i, arg := range args {
			if err := messages.ValidHost(arg); i == 0 && err != nil {
				return usagef("host %w", err)
			}
			if arg == "" {
				return usagef("argument %d is empty: %s", i+1, cmd.UseLine())
			}
		}
		return nil
	}
}

// unknownIn returns an error where a command that only holds others is given the name of none of them.
func unknownIn(cmd *cobra.Command, args []string) error {
	if !cmd.HasSubCommands() {
		return nil
	}
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return unknownCommand(cmd, arg)
		}
	}
	return nil
}

func unknownCommand(cmd *cobra.Command, name string) error {
	var known []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			known = append(known, c.Name())
		}
	}
	near := nearest(name, known, 1)
	if len(near) == 0 {
		return usagef("unknown command %q: the commands of %s are %s", name, cmd.CommandPath(), strings.Join(known, " "))
	}
	return usagef("unknown command %q: did you mean \"%s %s\"?", name, cmd.CommandPath(), near[0])
}

// flagError adds the flag that was perhaps meant.
func flagError(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return wrongValue(invalid)
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return &usageError{err}
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	if near := nearest(unknown.GetSpecifiedName(), known, 1); len(near) > 0 {
		return usagef("%w: did you mean --%s?", err, near[0])
	}
	return &usageError{err}
}

// wrongValue says what the value of a flag must be. The library says of some kinds how Go reads them.
func wrongValue(err *pflag.InvalidValueError) error {
	must := map[string]string{
		"int": "must be a whole number", "uint64": "must be a whole number, not below 0", "bool": "must be true or false", "duration": "must be a time such as 30s or 5m",
	}[err.GetFlag().Value.Type()]
	if must == "" {
		return &usageError{err}
	}
	return usagef("--%s %q: %s", err.GetFlag().Name, err.GetValue(), must)
}

// noneEmpty refuses a flag that was given an empty value, as by a script whose variable is not set: it would count as not
// given, and the whole fleet be meant. By those that have a variable of the environment, that one is put out of force.
func noneEmpty(cmd *cobra.Command, _ []string) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		empty := f.Value.String() == ""
		if list, ok := f.Value.(pflag.SliceValue); ok {
			empty = slices.Contains(list.GetSlice(), "")
		}
		if err == nil && empty && !hasVariable(f) {
			err = usagef("--%s is empty: give it a value, or leave it out", f.Name)
		}
	})
	return err
}

// several is the annotation of a flag that takes every argument up to the next flag, as in --scan *.json.
const several = "patchstream_several"

func takesSeveral(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		f := cmd.Flags().Lookup(name)
		f.Annotations = map[string][]string{several: nil}
		f.Usage += "; takes several"
	}
}

// spread rewrites "--scan a b" into "--scan a --scan b", for flags that take several arguments.
func spread(cmd *cobra.Command, args []string) []string {
	var out []string
	current, pending := "", false // the flag that takes several; a flag that waits for its value
	for i, arg := range args {
		name, _, whole := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		var f *pflag.Flag
		switch {
		case arg == "--":
			return append(out, args[i:]...)
		case pending || arg == "-" || !strings.HasPrefix(arg, "-"):
			if !pending && current != "" {
				out = append(out, "--"+current)
			}
			out, pending = append(out, arg), false
			continue
		case strings.HasPrefix(arg, "--"):
			f = cmd.Flags().Lookup(name)
		default:
			f, whole = cmd.Flags().ShorthandLookup(name[:1]), len(name) > 1
		}
		out, current = append(out, arg), ""
		if f == nil {
			continue
		}
		pending = !whole && f.NoOptDefVal == ""
		if _, ok := f.Annotations[several]; ok {
			current = name
		}
	}
	return out
}

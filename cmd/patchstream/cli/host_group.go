package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/query"
)

// grouping is what "host group" is asked to do.
type grouping struct {
	hosts []string
	group string // empty: their tags decide again
	*acting
}

func (a *app) hostGroupCommand() *cobra.Command {
	var withdraw bool
	var file string
	cmd := &cobra.Command{
		Use:   "group HOST… GROUP",
		Short: "Put hosts into a patch group, whatever their own tags say",
		Long: `Puts hosts into a patch group, whatever their own tags say; with --clear their tags decide again. The hosts are named, or
stand in a file, one in a line; - is standard input. One of which nothing was ever heard is said, and put into the group
all the same: it is there when it speaks. "group list" lists the groups.`,
		Example: `  patchstream host group web-17.example.org web
  patchstream host group web-1 web-2 web-3 web
  patchstream host group --file web-hosts.txt web
  patchstream host group web-17.example.org --clear    # its tags decide again`,
		Args: takes(0, -1),
	}
	f := cmd.Flags()
	f.BoolVar(&withdraw, "clear", false, "let the hosts' tags decide again")
	f.StringVar(&file, "file", "", "`FILE` with names of hosts, one in a line; - is standard input")
	c := addConnection(cmd)
	o := addActing(cmd, c)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		g := &grouping{acting: o}
		named := args
		if !withdraw {
			if len(args) == 0 || args[len(args)-1] == "" || len(args) == 1 && file == "" {
				return usagef("name hosts and a group, or give --clear: %s", cmd.UseLine())
			}
			named, g.group = args[:len(args)-1], args[len(args)-1]
		}
		var err error
		if g.hosts, err = a.hostNames(cmd.Context(), named, file); err != nil {
			return err
		}
		if len(g.hosts) == 0 {
			return usagef("no host is named: %s", cmd.UseLine())
		}
		return a.putIntoGroup(cmd.Context(), c, g)
	}
	return cmd
}

func (a *app) putIntoGroup(ctx context.Context, c *dial.Target, g *grouping) error {
	return c.JetStream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		store, err := baselines.Open(ctx, js)
		if err != nil {
			return err
		}
		library, err := store.Library(ctx)
		if err != nil {
			return err
		}
		done, err := a.setGroups(ctx, store.By(byMe(ctx, c, js)), g)
		if err != nil {
			return fmt.Errorf("after %d of %d: %w", done, len(g.hosts), err)
		}
		a.grouped(g)
		if g.group == "" {
			a.warnOfAbsent("%s was in no group that an operator set%s", ungrouped(library, g.hosts), nil)
		} else if !hasGroup(library, g.group) {
			a.warnOfUnboundGroup(library, g.group)
		}
		known, err := a.knownHosts(ctx, js, g)
		if err != nil || len(known) == 0 {
			return err
		}
		_, err = a.recheckHosts(ctx, js, g.acting, "group "+g.group, known)
		return err
	})
}

func (a *app) setGroups(ctx context.Context, store *baselines.Store, g *grouping) (done int, err error) {
	progress := a.Progress("storing groups", len(g.hosts))
	defer progress.Stop()
	for _, host := range g.hosts {
		if err := store.SetHostGroup(ctx, host, g.group); err != nil {
			return done, err
		}
		done++
		progress.Done()
	}
	return done, nil
}

func (a *app) grouped(g *grouping) {
	who := fmt.Sprintf("%d hosts are", len(g.hosts))
	if len(g.hosts) == 1 {
		who = g.hosts[0] + " is"
	}
	if g.group == "" {
		a.Printf("%s in the group that tags say\n", who)
		return
	}
	a.Printf("%s in group %s\n", who, print.Plain(g.group))
}

func ungrouped(l *classify.Library, hosts []string) (none []string) {
	for _, host := range hosts {
		if l.HostGroups[host] == "" {
			none = append(none, host)
		}
	}
	return none
}

func (a *app) warnOfUnboundGroup(l *classify.Library, group string) {
	var groups []string
	for key := range l.Groups {
		groups = append(groups, key.Group)
	}
	meant := ""
	if near := nearest(group, groups, 1); len(near) > 0 {
		meant = fmt.Sprintf(" (did you mean %s?)", near[0])
	}
	a.Warn("no baseline is bound to group %s%s: the default of the system applies to its hosts", group, meant)
}

// knownHosts returns the hosts of which there is a record, and of those that are put into a group warns of the others.
func (a *app) knownHosts(ctx context.Context, js jetstream.JetStream, g *grouping) (there []string, err error) {
	fleet, err := query.Open(ctx, js, a.now())
	if errors.Is(err, query.ErrNoBucket) { // no worker ever ran, and so no host is known
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := fleet.Names(ctx)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	var unknown []string
	for _, host := range g.hosts {
		if known[host] {
			there = append(there, host)
		} else {
			unknown = append(unknown, host)
		}
	}
	if g.group != "" {
		a.warnOfAbsent("%s is not known: no event of it was ever taken%s", unknown, names)
	}
	return there, nil
}

const mostNamed = 10

// warnOfAbsent has a line for each name, and of the known ones says which may be meant.
func (a *app) warnOfAbsent(format string, names, known []string) {
	for i, name := range names {
		if i == mostNamed {
			a.Warn("and so it is with %d more", len(names)-mostNamed)
			return
		}
		meant := ""
		if near := nearest(name, known, 1); len(near) > 0 {
			meant = fmt.Sprintf(" (did you mean %s?)", near[0])
		}
		a.Warn(format, name, meant)
	}
}

func hasGroup(l *classify.Library, group string) bool {
	for key := range l.Groups {
		if key.Group == group {
			return true
		}
	}
	return false
}

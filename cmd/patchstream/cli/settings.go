package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/worker/baselines"
)

func (a *app) settingsCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "settings",
		Short:   "Get and set what applies to all hosts and workers",
		Example: "  patchstream settings get\n  patchstream settings set scan_max_age 3d",
	}, a.settingsGetCommand(), a.settingsSetCommand())
}

func (a *app) settingsGetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "get [KEY]",
		Short:   "Print the settings, or one",
		Example: "  patchstream settings get\n  patchstream settings get scan_max_age -o json",
		Args:    takes(0, 1),
	}
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		show := settings()
		if len(args) == 1 {
			one, err := findSetting(args[0])
			if err != nil {
				return err
			}
			show = []setting{*one}
		}
		client, err := e.client()
		if err != nil {
			return err
		}
		if client != nil {
			stored, err := client.Settings(cmd.Context())
			if err != nil {
				return err
			}
			return a.settings(show, &stored, out.value)
		}
		return readingBaselines(cmd.Context(), e.connection, func(ctx context.Context, store *baselines.Store) error {
			stored, err := store.Settings(ctx)
			if err != nil {
				return err
			}
			return a.settings(show, &stored, out.value)
		})
	}
	return cmd
}

func (a *app) settings(show []setting, stored *classify.Settings, as print.Format) error {
	values, words := make(map[string]any, len(show)), make([]print.Setting, 0, len(show))
	for _, s := range show {
		values[s.key] = s.get(stored)
		words = append(words, print.Setting{Key: s.key, Value: s.text(stored), About: s.about, Default: s.text(stored) == s.text(&defaults)})
	}
	return a.Show(as, values, func() { a.Settings(words) })
}

func (a *app) settingsSetCommand() *cobra.Command {
	var keys strings.Builder
	for _, s := range settings() {
		fmt.Fprintf(&keys, "  %-22s %s\n", s.key, s.about)
	}
	cmd := &cobra.Command{
		Use:   "set KEY VALUE…",
		Short: "Set one of the settings for all workers",
		Long: "Stores a setting for all workers, and has all hosts classified again. The value \"default\" gives a\nsetting its default back. An age is written as 14d, 36h or 1d12h.\n\nThe settings:\n" +
			strings.TrimRight(keys.String(), "\n"),
		Example: `  patchstream settings set scan_max_age 3d
  patchstream settings set failed_until next-scan
  patchstream settings set security_sites esm.ubuntu.com mirror.example.org
  patchstream settings set scan_max_age default`,
		Args: takes(2, -1),
	}
	c := addConnection(cmd)
	o := addActing(cmd, c)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := findSetting(args[0])
		if err != nil {
			return err
		}
		values := args[1:]
		if len(values) > 1 && !s.many {
			return usagef("%s takes one value", s.key)
		}
		var tried classify.Settings
		if err := s.change(&tried, values); err != nil { // before a server is asked
			return &usageError{err}
		}
		return deciding(cmd.Context(), c, func(ctx context.Context, js jetstream.JetStream, store *baselines.Store) error {
			stored, err := store.Settings(ctx)
			if err != nil {
				return err
			}
			if err := s.change(&stored, values); err != nil {
				return err
			}
			if err := store.By(byMe(ctx, c, js)).PutSettings(ctx, stored); err != nil {
				return err
			}
			a.Printf("%s is %s\n", s.key, print.OrNone(s.text(&stored)))
			return a.act(ctx, js, o, "setting "+s.key, allHosts)
		})
	}
	return cmd
}

func (s *setting) change(stored *classify.Settings, values []string) error {
	if len(values) == 1 && values[0] == "default" {
		return s.reset(stored)
	}
	return s.set(stored, values)
}

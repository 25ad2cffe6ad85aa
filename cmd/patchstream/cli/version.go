package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
)

// buildJSON says what was built from what.
type buildJSON struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"` // empty: not known
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *app) versionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Say what this binary was built from",
		Example: "  patchstream version -o json",
		Args:    takes(0, 0),
	}
	out := addOutput(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		b := build()
		commit := print.OrNone(b.Commit)
		if b.Modified {
			commit += ", modified"
		}
		return a.Show(out.value, b, func() {
			a.Printf("patchstream %s\n", b.Version)
			a.Field("commit", commit)
			a.Field("built with", b.Go+" for "+b.Platform)
		})
	}
	return cmd
}

func build() buildJSON {
	b := buildJSON{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = info.Main.Version
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

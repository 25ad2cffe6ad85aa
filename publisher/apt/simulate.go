package apt

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// planned are the commands of apt-get and apt that know -s.
var planned = []string{
	"upgrade", "dist-upgrade", "full-upgrade", "dselect-upgrade", "install", "reinstall", "remove", "purge",
	"autoremove", "auto-remove", "autopurge", "build-dep", "satisfy",
}

// isPlanned tells whether apt's own line is one that can be simulated.
func isPlanned(argv []string) bool {
	return isApt(argv) && slices.Contains(planned, aptVerb(argv[1:]))
}

// hasStatusFd tells whether a command names a status descriptor of its own, which is then left alone.
func hasStatusFd(argv []string) bool {
	return slices.ContainsFunc(argv, func(arg string) bool {
		return strings.Contains(strings.ToLower(arg), "apt::status-fd")
	})
}

// Options of apt that take a value, which is the next argument where it does not follow at once.
const shortWithValue = "octaP"

var longWithValue = []string{
	"--option", "--config-file", "--target-release", "--default-release", "--host-architecture",
	"--build-profiles", "--solver", "--planner",
}

// aptVerb returns the first argument that is neither an option nor the value of one.
func aptVerb(args []string) string {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--" || !strings.HasPrefix(arg, "-"):
			if arg != "--" {
				return arg
			}
		case strings.HasPrefix(arg, "--"):
			if slices.Contains(longWithValue, arg) {
				i++
			}
		default: // one letter each, up to one that takes the rest
			if at := strings.IndexAny(arg, shortWithValue); at == len(arg)-1 {
				i++
			}
		}
	}
	return ""
}

// simulation returns the arguments with which the same command says what it would do: with our configuration
// (no lock, no hooks, caches of our own), and with what would keep it from saying so taken back. -y refuses to
// touch what is held or not authenticated before it tells the steps, -qq leaves out the lists, -V words them
// otherwise.
func simulation(args []string, config string) []string {
	end := slices.Index(args, "--")
	if end < 0 {
		end = len(args)
	}
	return slices.Concat(
		[]string{"-s", "-c", config}, args[:end],
		[]string{
			"-o", "quiet=1", "-o", "APT::Get::Assume-Yes=false", "-o", "APT::Get::Show-Versions=false",
			"-o", "APT::Get::Show-User-Simulation-Note=false",
		},
		args[end:])
}

// plan asks what the command would do: of the system's own apt, in the directory and the environment in which the
// command's apt would work. What another program of that name does with -s, nobody knows.
func (h *system) plan(ctx context.Context, c *host.Call, before []installedPackage) (*host.Plan, error) {
	if !isPlanned(c.Argv) || h.tools.over == "" {
		return nil, host.ErrNoPlan
	}
	tool := h.tools.tool(filepath.Base(c.Argv[0]), simulation(c.Argv[1:], h.tools.over)...)
	path, err := host.FindTool(tool.Name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoApt, err)
	}
	if !c.IsProgram(path) {
		return nil, host.ErrNoPlan
	}
	tool.Dir, tool.Env = c.Path("."), slices.Concat(c.Env, tool.Env)
	var p *host.Plan
	err = tool.Run(ctx, func(r io.Reader) (err error) {
		p, err = parsePlan(r, h.settings.arch)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, h.explainKept(ctx, p, before)
}

// explainKept says of what apt would leave as it is which version that holds back, and why.
func (h *system) explainKept(ctx context.Context, p *host.Plan, before []installedPackage) error {
	now := byID(before)
	kept := map[packageID]*host.Step{}
	var names []string
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Action != host.ActionKeep {
			continue
		}
		if on := now[idOf(s)]; on != nil {
			s.From = on.version
		}
		kept[idOf(s)] = s
		names = append(names, s.Name+":"+s.Arch)
	}
	return askPolicy(ctx, h.tools, h.settings.status, names, func(p *policy) error {
		if p.arch == "" {
			p.arch = h.settings.arch
		}
		s := kept[packageID{p.name, p.arch}]
		if s == nil {
			return fmt.Errorf("a policy for %s:%s, which was not asked for", p.name, p.arch)
		}
		s.To = p.candidate
		s.Reason = keepReason(s.Reason, now[idOf(s)], p.phased())
		return nil
	})
}

package rpm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// rpm -qa prints one installed package a line, in the format we give it, whose fields stand apart by tabs:
//
//	sudo	0:1.9.5p2-9.el9	x86_64	1795858670	1677628800	sudo-1.9.5p2-9.el9.src.rpm	Rocky Linux	(none)
//
// EPOCHNUM is 0 where there is no epoch. What a package does not have is printed as (none). The keys that rpm trusts stand
// among the packages as gpg-pubkey, whose version is the end of the key's id. It exits 0 whatever it had to leave out: a
// damaged header, a database of a format that it does not know; of that it tells on stderr. So nothing may stand there.

// inventoryFormat is what rpm -qa is asked to print.
const inventoryFormat = `%{NAME}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\t%{ARCH}\t%{INSTALLTIME}\t%{BUILDTIME}\t%{SOURCERPM}\t%{VENDOR}\t%{MODULARITYLABEL}\n`

// keyName is the name under which rpm lists the keys that it trusts.
const keyName = "gpg-pubkey"

// nameArch is what names a package: its name and architecture, noarch as it is.
type nameArch struct{ name, arch string }

func (k nameArch) String() string { return k.name + "." + k.arch }

// instance is one installed version of a package.
type instance struct {
	evr                  string    // without an epoch where it is 0
	installedAt, builtAt time.Time // zero: not known
	source               string    // the file name of the source package; empty: none
	vendor               string
	module               string // label; empty: of no module
}

// inventory is what rpm says is installed.
type inventory struct {
	packages map[nameArch][]instance // never without one, the newest version first
	keys     []string                // ids of the keys that rpm trusts, in order
}

// equal tells whether both have the same versions and keys, installed at the same times.
func (i *inventory) equal(other *inventory) bool {
	return slices.Equal(i.keys, other.keys) && maps.EqualFunc(i.packages, other.packages, slices.Equal)
}

// installed asks rpm what is installed. It is an error where rpm says anything at all on stderr, or names no package.
func (t *toolbox) installed(ctx context.Context) (*inventory, error) {
	var inv *inventory
	said, err := t.run(ctx, t.tool("rpm", "-qa", "--qf", inventoryFormat), func(r io.Reader) (err error) {
		inv, err = parseInventory(r)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(said) > 0:
		return nil, fmt.Errorf("rpm -qa left something out: %s", strings.Join(said, " "))
	case len(inv.packages) == 0:
		return nil, errors.New("rpm lists no installed package")
	}
	return inv, nil
}

// parseInventory reads rpm's lines.
func parseInventory(r io.Reader) (*inventory, error) {
	inv := &inventory{packages: map[nameArch][]instance{}}
	lines, n := linesOf(r), 0
	for lines.Scan() {
		key, one, err := parseInstalled(lines.Text())
		if err != nil {
			return nil, err
		}
		if key.name == keyName {
			id, _, _ := strings.Cut(one.evr, "-")
			inv.keys = append(inv.keys, id)
			continue
		}
		if n++; n > messages.MaxPackages {
			return nil, fmt.Errorf("more than %d packages are installed", messages.MaxPackages)
		}
		inv.packages[key] = append(inv.packages[key], one)
	}
	slices.Sort(inv.keys)
	for key, all := range inv.packages {
		slices.SortStableFunc(all, newestFirst)
		inv.packages[key] = slices.CompactFunc(all, func(a, b instance) bool { return a.evr == b.evr })
	}
	return inv, lines.Err()
}

// newestFirst orders versions; those that are none of rpm's come last.
func newestFirst(a, b instance) int { return compareNewest(a.evr, b.evr) }

func compareNewest(a, b string) int {
	odd := func(v string) int {
		if version.ValidRPM(v) != nil {
			return 1
		}
		return 0
	}
	if c := cmp.Compare(odd(a), odd(b)); c != 0 || odd(a) != 0 {
		return cmp.Or(c, strings.Compare(b, a))
	}
	return cmp.Or(version.CompareRPM(b, a), strings.Compare(b, a))
}

// parseInstalled reads one line. A vendor may have tabs.
func parseInstalled(line string) (nameArch, instance, error) {
	f := strings.SplitN(strings.ToValidUTF8(line, "\uFFFD"), "\t", 7)
	if len(f) < 7 || !strings.Contains(f[6], "\t") {
		return nameArch{}, instance{}, fmt.Errorf("rpm lists a package in %d fields: %.200q", len(f), line)
	}
	end := strings.LastIndexByte(f[6], '\t')
	key := nameArch{f[0], f[2]}
	one := instance{
		evr: canonical(f[1]), installedAt: seconds(f[3]), builtAt: seconds(f[4]),
		source: given(f[5]), vendor: given(f[6][:end]), module: given(f[6][end+1:]),
	}
	if key.name == "" || key.arch == "" || one.evr == "" || key.name != keyName && !legalArch(key.arch) {
		return key, one, fmt.Errorf("rpm lists %.200q, which names no package", line)
	}
	return key, one, nil
}

// canonical returns a version as it stands in events: without an epoch where it is 0. A text that is no version of rpm's stays.
func canonical(evr string) string {
	if version.ValidRPM(evr) != nil {
		return strings.TrimPrefix(evr, "0:")
	}
	return version.CanonicalRPM(evr)
}

// given returns what rpm prints, empty where it prints that there is nothing.
func given(text string) string {
	if text == "(none)" {
		return ""
	}
	return text
}

// seconds reads a time in seconds since 1970, zero where it is none that an event may carry.
func seconds(text string) time.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return host.KnownTime(time.Unix(n, 0))
}

// legalArch tells whether a word may be an architecture: it has no dot, so that name.arch can be told apart.
func legalArch(arch string) bool {
	return arch != "" && strings.Trim(arch, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

// native returns the architecture of the system, in the package manager's words: that of most packages, noarch aside. It is
// empty where all are of that.
func (i *inventory) native() string {
	counts := map[string]int{}
	native := ""
	for key := range i.packages {
		if key.arch == noArch {
			continue
		}
		counts[key.arch]++
		if n, most := counts[key.arch], counts[native]; native == "" || n > most || n == most && key.arch > native {
			native = key.arch
		}
	}
	return native
}

package fleet

import (
	"fmt"
	"slices"
	"time"
)

// Config says which fleet. Only Hosts and Packages are required.
type Config struct {
	// Seed chooses one of many fleets of this size.
	Seed uint64

	Hosts    int // how many; at least 1
	Packages int // of each host; see [MinPackages] and [MaxPackages]

	// Changed is how many packages of a host a round changes. 0: 5.
	Changed int

	// Built is about when the hosts were installed and their lists were fetched; events should be later. Zero: an hour ago.
	Built time.Time
}

// The bounds of [Config.Packages].
const (
	MinPackages = 20
	MaxPackages = 10_000
)

const (
	defaultChanged = 5
	rings          = 4   // in which hosts are patched
	commonShare    = 60  // percent of its packages that a host shares with all others
	ownShare       = 1   // percent that no other host of its kind need have
	lacking        = 8   // one in so many packages has an update that is not installed
	oddOnes        = 100 // one in so many packages is not as in the others of its ring
)

// The kinds of hosts. Their packages differ, not what they are for.
var kinds = []string{"web", "db", "app", "mail", "cache", "build", "proxy", "mon"}

// Fleet is a fleet of hosts. It holds nothing of any one of them, and is safe for concurrent use.
type Fleet struct {
	cfg    Config
	pool   []entry
	common int     // so many from the front of the pool all hosts have
	kinds  [][]int // the packages of each kind but the hosts' own, as places in the pool, by name
	own    int     // so many packages are a host's own
}

// New returns the fleet. A size that is out of bounds is an error.
func New(cfg Config) (*Fleet, error) {
	if cfg.Changed == 0 {
		cfg.Changed = defaultChanged
	}
	switch {
	case cfg.Hosts < 1:
		return nil, fmt.Errorf("a fleet has at least 1 host, not %d", cfg.Hosts)
	case cfg.Packages < MinPackages || cfg.Packages > MaxPackages:
		return nil, fmt.Errorf("a host of the fleet has %d to %d packages, not %d", MinPackages, MaxPackages, cfg.Packages)
	case cfg.Changed < 0 || cfg.Changed > cfg.Packages:
		return nil, fmt.Errorf("of %d packages %d cannot change", cfg.Packages, cfg.Changed)
	}
	if cfg.Built.IsZero() {
		cfg.Built = time.Now().Add(-time.Hour)
	}
	cfg.Built = cfg.Built.UTC().Truncate(time.Second)
	pool, err := readPool()
	if err != nil {
		return nil, err
	}
	f := &Fleet{cfg: cfg, pool: pool, common: cfg.Packages * commonShare / 100, own: max(1, cfg.Packages*ownShare/100)}
	for kind := range kinds {
		f.kinds = append(f.kinds, f.packagesOf(kind))
	}
	return f, nil
}

// packagesOf returns what all hosts of a kind have: the front of the pool, and a stretch of the rest of it, which begins elsewhere for
// each kind.
func (f *Fleet) packagesOf(kind int) []int {
	all := make([]int, 0, f.cfg.Packages)
	for at := range f.common {
		all = append(all, at)
	}
	for i := range f.cfg.Packages - f.common - f.own {
		all = append(all, f.beyond(kind, i))
	}
	slices.SortFunc(all, f.byName)
	return all
}

// beyond returns the i-th place behind the packages that all hosts have, counted from where the kind's begin.
func (f *Fleet) beyond(kind, i int) int {
	rest := len(f.pool) - f.common
	return f.common + (kind*rest/len(kinds)+i)%rest
}

func (f *Fleet) byName(a, b int) int { return f.pool[a].rank - f.pool[b].rank }

// Len returns how many hosts there are.
func (f *Fleet) Len() int { return f.cfg.Hosts }

// Host returns a host, from 0.
func (f *Fleet) Host(number int) *Host {
	kind := number % len(kinds)
	h := &Host{
		fleet: f, number: number, kind: kind, ring: number / len(kinds) % rings,
		Name: fmt.Sprintf("%s-%06d.example.org", kinds[kind], number),
	}
	h.places = slices.Clone(f.kinds[kind])
	left := len(f.pool) - len(h.places) // of these the host's own
	begin := int(h.dice(ownPackages, 0) % uint64(left))
	for i := range f.own {
		h.places = append(h.places, f.beyond(kind, f.cfg.Packages-f.common-f.own+(begin+i)%left))
	}
	slices.SortFunc(h.places, f.byName)
	return h
}

// What dice are cast for.
const (
	ownPackages = iota + 1
	ringLacks
	odd
	installTime
	machine
)

// dice returns a number that looks random, and is the same each time.
func (f *Fleet) dice(numbers ...int) uint64 {
	n := f.cfg.Seed
	for _, more := range numbers { // SplitMix64
		n += uint64(more)*0xbf58476d1ce4e5b9 + 0x9e3779b97f4a7c15
		n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
		n = (n ^ n>>27) * 0x94d049bb133111eb
		n ^= n >> 31
	}
	return n
}

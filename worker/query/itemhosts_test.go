package query

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Whatever came and went, the hosts of each item and of each system are those that have it.
func TestTheHostsOfItemsAreThoseThatHaveThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, gathered := newTable(), rapid.IntRange(0, 60).Draw(t, "gathered")
		names := []string{"Bash", "bash", "openssl", "libc6.1"}
		for step := range rapid.IntRange(1, 60).Draw(t, "steps") {
			if step == gathered {
				table.arrange()
			}
			host := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "host")
			if rapid.IntRange(0, 5).Draw(t, "removed") == 0 {
				table.remove(host)
				continue
			}
			r := &classify.Report{Host: host}
			r.About.OS.System = rapid.SampledFrom([]string{"DEBIAN", "UBUNTU"}).Draw(t, "system")
			if rapid.Bool().Draw(t, "retired") {
				r.About.Retired = &classify.Retirement{}
			}
			e, has := entryOf(&Host{Report: r})
			for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "items") {
				state := rapid.SampledFrom([]messages.State{messages.Missing, messages.Failed}).Draw(t, "state")
				has.items = append(has.items, heldItem{item{patch: name + ".amd64", name: name, arch: "amd64", state: state}, nanos(rapid.IntRange(0, 3).Draw(t, "since"))})
			}
			table.put(e, has)
			if table.arranged && rapid.Bool().Draw(t, "refreshed") {
				table.items.refresh(table.hosts)
			}
		}
		if !table.arranged {
			table.arrange()
		}
		for number := range table.items.list {
			p := &table.items.list[number]
			if p.item != (item{}) && p.hosts.empty() {
				t.Fatalf("%v is on no host, and kept", p.item)
			}
			first := nanos(0)
			p.hosts.each(func(host uint32) {
				if at := table.hosts[host].items.sinceOf(uint32(number)); at != 0 && (first == 0 || at < first) {
					first = at
				}
			})
			if !p.stale && p.first != first {
				t.Fatalf("%v since %d, want %d", p.item, p.first, first)
			}
		}
		for _, name := range append(names, "BASH.AMD64", "none") {
			found := make(map[string]int)
			for _, hosts := range table.items.named(name) {
				hosts.each(func(number uint32) { found[table.hosts[number].name]++ })
			}
			for _, e := range table.hosts {
				if e == nil {
					continue
				}
				n := 0
				for number := range e.items.list.each {
					if i := &table.items.list[number].item; i.called(name) {
						n++
					}
				}
				if found[e.name] != n {
					t.Fatalf("%s of %s: %d, want %d", name, e.name, found[e.name], n)
				}
				delete(found, e.name)
			}
			if len(found) > 0 {
				t.Fatalf("%s: %v are gone", name, found)
			}
		}
		living := 0
		for number, e := range table.hosts {
			if e == nil {
				continue
			}
			if e.retired == nil {
				living++
			}
			if table.systems.alive.Contains(uint32(number)) != (e.retired == nil) {
				t.Fatalf("%s is alive", e.name)
			}
			for system, hosts := range table.systems.of {
				if hosts.Contains(uint32(number)) != (e.os.Value().System == system) {
					t.Fatalf("%s is of %s", e.name, system)
				}
			}
		}
		if int(table.systems.alive.GetCardinality()) != living {
			t.Fatal("some that are gone are alive")
		}
		all := 0
		for _, list := range table.items.called {
			all += len(list)
		}
		if all != len(table.items.numbers) || all != len(table.items.list)-len(table.items.free) || slices.Contains(mapKeys(table.items.called), "") {
			t.Fatalf("%d items by name, %d in all", all, len(table.items.numbers))
		}
	})
}

func mapKeys[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

// What is available and not approved counts among what makes a host non-compliant where its baseline said so.
func TestWhatIsAvailableCountsAsTheBaselineSays(t *testing.T) {
	report := func(security int) *classify.Report {
		r := &classify.Report{Host: "win-1", Status: messages.NonCompliant, Counts: messages.Counts{"MISSING": 1, "AVAILABLE_SECURITY_UPDATE": 2, messages.SecurityNonCompliant: security}}
		for _, s := range []messages.State{messages.Missing, messages.AvailableSecurityUpdate, messages.AvailableSecurityUpdate} {
			r.Patches = append(r.Patches, classify.Item{Patch: "KB1", State: s, Classification: classify.Security})
		}
		return r
	}
	for security, want := range map[int]int{1: 1, 3: 3} {
		if e, _ := entryOf(&Host{Report: report(security)}); e.open() != want {
			t.Errorf("with %d that are security and non-compliant: %d, want %d", security, e.open(), want)
		}
	}
}

func TestItemsOfAHostAreReadAsTheyWereKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SampledFrom([]int{1, 3, 255, 400}).Draw(t, "times")
		items, want := newItemHosts(), make([]numberedItem, rapid.IntRange(0, 500).Draw(t, "items"))
		given := make([]heldItem, len(want))
		for i := range want {
			want[i] = numberedItem{uint32(i), nanos(i % times)}
			given[i] = heldItem{item{patch: fmt.Sprint(i)}, want[i].since}
		}
		kept := items.keep(likeness{}, given)
		if got := slices.Collect(kept.all()); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

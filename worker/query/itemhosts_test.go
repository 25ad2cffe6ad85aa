package query

import (
	"fmt"
	"slices"
	"testing"
	"unique"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Whatever came and went, the hosts of each item and of each system are those that have it.
func TestTheHostsOfItemsAreThoseThatHaveThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := newTable()
		names := []string{"Bash", "bash", "openssl", "libc6.1"}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			host := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "host")
			if rapid.IntRange(0, 5).Draw(t, "removed") == 0 {
				table.remove(host)
				continue
			}
			e := &entry{name: host, os: unique.Make(messages.OS{System: rapid.SampledFrom([]string{"DEBIAN", "UBUNTU"}).Draw(t, "system")}), group: unique.Make(""), tagGroup: unique.Make("")}
			if rapid.Bool().Draw(t, "retired") {
				e.retired = &classify.Retirement{}
			}
			var items []heldItem
			for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "items") {
				state := rapid.SampledFrom([]messages.State{messages.Missing, messages.Failed}).Draw(t, "state")
				items = append(items, heldItem{unique.Make(item{patch: name + ".amd64", name: name, arch: "amd64", state: state}), nanos(rapid.IntRange(0, 3).Draw(t, "since"))})
			}
			e.items = heldItemsOf(items)
			table.put(e, nil)
			if rapid.Bool().Draw(t, "refreshed") {
				table.items.refresh(table.hosts)
			}
		}
		for _, p := range table.items.of {
			first := nanos(0)
			p.hosts.each(func(number uint32) {
				if at := table.hosts[number].sinceOn(p.item); at != 0 && (first == 0 || at < first) {
					first = at
				}
			})
			if !p.stale && p.first != first {
				t.Fatalf("%v since %d, want %d", p.item.Value(), p.first, first)
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
				for h := range e.items.all() {
					if i := h.item.Value(); i.called(name) {
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
		if all != len(table.items.of) || slices.Contains(mapKeys(table.items.called), "") {
			t.Fatalf("%d items by name, %d in all", all, len(table.items.of))
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
		want := make([]heldItem, rapid.IntRange(0, 500).Draw(t, "items"))
		for i := range want {
			want[i] = heldItem{unique.Make(item{patch: fmt.Sprint(i)}), nanos(i % times)}
		}
		kept := heldItemsOf(want)
		if got := slices.Collect(kept.all()); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		again := heldItemsOf(want)
		if !kept.equal(&again) {
			t.Fatal("they are not the same")
		}
	})
}

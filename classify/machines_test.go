package classify

import (
	"slices"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

func TestCondition_name_shared(t *testing.T) {
	heard := func(day float64, machines ...string) []messages.Event {
		var events []messages.Event
		for i, m := range machines {
			s := failedScan(days(day) + float64(i)/10)
			s.Machine = m
			events = append(events, s)
		}
		return events
	}
	// t0 is at 10:00 UTC: day n is over 14 hours after n days.
	over := func(day float64) time.Time { return at(days(day) + 14) }
	fleet := func(lists ...[]messages.Event) []messages.Event {
		return append([]messages.Event{scan(0)}, slices.Concat(lists...)...)
	}
	for _, row := range []struct {
		name   string
		now    time.Time
		s      Settings
		events []messages.Event
		want   string
	}{
		{"two share two days", at(days(2)), Settings{}, fleet(heard(0, "a", "b"), heard(1, "a", "b")), "a and b"},
		{"two share one day: one was replaced", at(days(2)), Settings{}, fleet(heard(0, "a"), heard(1, "a", "b"), heard(2, "b")), "(it does not stand)"},
		{"one of three stays", at(days(2)), Settings{}, fleet(heard(0, "a", "b"), heard(1, "a", "c")), "(it does not stand)"},
		{"days between do not matter", at(days(6)), Settings{}, fleet(heard(0, "a", "b"), heard(5, "b", "a")), "a and b"},
		{"a day that ended a week ago does not count", over(0).Add(7 * 24 * time.Hour), Settings{}, fleet(heard(0, "a", "b"), heard(5, "b", "a")), "(it does not stand)"},
		{"until then it does", over(0).Add(7*24*time.Hour - 1), Settings{}, fleet(heard(0, "a", "b"), heard(5, "b", "a")), "a and b"},
		{"by the setting", over(0).Add(9 * 24 * time.Hour), Settings{ScanMaxAge: Age(10 * 24 * time.Hour)}, fleet(heard(0, "a", "b"), heard(5, "b", "a")), "a and b"},
		{"a day that has not ended counts", at(-1), Settings{}, fleet(heard(0, "a", "b"), heard(1, "a", "b")), "a and b"},
		{"without a time every day does", time.Time{}, Settings{}, fleet(heard(-9, "a", "b"), heard(-300, "a", "b")), "a and b"},
		{"the 4 greatest of a day are kept", at(days(2)), Settings{}, fleet(heard(0, "a", "b", "c", "d", "e", "f"), heard(1, "a", "b")), "(it does not stand)"},
		{"and no more than 16 days", time.Time{}, Settings{}, fleet(heard(-40, "a", "b"), heard(-39, "a", "b"), manyDays(15)), "(it does not stand)"},
		{"with 14 others the two are kept", time.Time{}, Settings{}, fleet(heard(-40, "a", "b"), heard(-39, "a", "b"), manyDays(14)), "a and b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedBy(t, securityOnly(), row.s, row.now, row.events...)
			if got := detail(r, NameShared); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
	t.Run("runs tell of it too, and due is when it ends", func(t *testing.T) {
		first, second := run(days(1)), run(days(1)+1)
		first.Machine, second.Machine = "a", "b"
		r := judgedBy(t, securityOnly(), Settings{}, at(days(2)), append(fleet(heard(0, "a", "b")), first, second)...)
		wantStatus(t, r, messages.Unknown, NameShared)
		if want := over(0).Add(7 * 24 * time.Hour); !r.Due.Equal(at(days(7)).Add(1)) {
			t.Errorf("due %s", r.Due) // the scan becomes old before
		} else if later := judgedBy(t, securityOnly(), Settings{}, r.Due, append(fleet(heard(0, "a", "b")), first, second)...); !later.Due.Equal(want) {
			t.Errorf("due %s, want %s", later.Due, want)
		}
	})
}

// manyDays is one machine heard on as many days.
func manyDays(n int) []messages.Event {
	var events []messages.Event
	for i := range n {
		s := failedScan(days(float64(-1 - i)))
		s.Machine = "z"
		events = append(events, s)
	}
	return events
}

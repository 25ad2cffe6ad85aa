package query

import "github.com/RoaringBitmap/roaring/v2"

// systemHosts are the hosts of each system, and those of all that are not retired.
type systemHosts struct {
	of    map[string]*roaring.Bitmap
	alive *roaring.Bitmap
}

func newSystemHosts() *systemHosts {
	return &systemHosts{of: make(map[string]*roaring.Bitmap), alive: roaring.New()}
}

// put notes what a host is in the place of what it was; nil: nothing.
func (s *systemHosts) put(host uint32, had, has *entry) {
	if had != nil && (has == nil || had.os != has.os) {
		s.of[had.os.Value().System].Remove(host)
	}
	if has == nil || has.retired != nil {
		s.alive.Remove(host)
	} else {
		s.alive.Add(host)
	}
	if has == nil {
		return
	}
	system := has.os.Value().System
	if s.of[system] == nil {
		s.of[system] = roaring.New()
	}
	s.of[system].Add(host)
}

package record

import "slices"

// model is a patch that was read, and of which those of other packages are made that have the same verdict: but for what the package is
// called and its versions they are alike, and to copy one takes a fifth of the time of reading it.
type model struct {
	made  bool            // there is one
	patch int             // its position among the patches that were read
	texts [ownTexts]uint8 // which texts of its package a patch has, by the numbers of [refs]; foreignText: that of the model
}

// The places of texts in a patch, as they are read, that a package may have; from placeCompared on there are the compared ones, the one
// by which it is matched, and the version that is stopped.
const (
	placePatch     = 0
	placeName      = 1
	placeArch      = 2
	placeVersion   = 4
	placeInstalled = 5
	placeEvent     = 10
	placeCompared  = 12
)

// emptyText is the number of a text that is written out, and empty.
const emptyText = maxRefs

// modelOf is the patch that was just read as a model; not made where more of it is of its package than a model can tell.
func (r *reading) modelOf() (m model) {
	at, numbers := len(r.items)-1, r.r.numbers
	why := &r.items[at].Reason
	if r.r.err != nil || r.r.has&^(hasSince|hasMatched|hasStopped) != rests || len(why.Compared) > 2 || numbers[placeEvent] != emptyText {
		return m
	}
	places := [ownTexts]int{placePatch, placeName, placeArch, placeVersion, placeInstalled, -1, -1, -1}
	for i := range why.Compared {
		places[5+i] = placeCompared + i
	}
	if why.Stopped != nil {
		places[7] = placeCompared + len(why.Compared)
		if why.Matched != nil {
			places[7]++
		}
	}
	for place, n := range numbers {
		if n != refNone && n < maxRefs && !slices.Contains(places[:], place) {
			return m
		}
	}
	m = model{made: true, patch: at}
	for i, place := range places {
		if m.texts[i] = foreignText; place >= 0 && numbers[place] != refNone && numbers[place] < maxRefs {
			m.texts[i] = uint8(numbers[place])
		}
	}
	return m
}

// copy makes the patch of the package at hand of a model.
func (r *reading) copy(m *model) {
	r.items = append(r.items, r.items[m.patch])
	p := &r.items[len(r.items)-1]
	why := &p.Reason
	r.put(&p.Patch, m.texts[0])
	r.put(&p.Name, m.texts[1])
	r.put(&p.Arch, m.texts[2])
	r.put(&p.Version, m.texts[3])
	r.put(&p.Installed, m.texts[4])
	if compared := why.Compared; compared != nil {
		why.Compared = r.r.takeTexts(len(compared))
		for i := range copy(why.Compared, compared) {
			r.put(&why.Compared[i], m.texts[5+i])
		}
	}
	if stopped := why.Stopped; stopped != nil {
		why.Stopped = next(&r.r.stopped)
		*why.Stopped = *stopped
		r.put(&why.Stopped.Version, m.texts[7])
	}
	if r.bare {
		return
	}
	why.Event, why.Reboot = "", nil
	r.r.frame.Rest(p)
}

// put puts a text of the package at hand in its place.
func (r *reading) put(text *string, number uint8) {
	if number == foreignText {
		return
	}
	s, ok := r.r.refs.get(uint64(number))
	if *text = s; !ok {
		r.r.fail(nil)
	}
}

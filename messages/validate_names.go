package messages

// What a scan of Windows or macOS has to keep beside what all have to.

// kbStates are the states of a KB.
var kbStates = []string{"installed", KBApplicable, KBSuperseded, KBHidden, KBReboot}

// state checks the word for how far a package got, and of a KB that it has what its state asks for.
func (c *checker) state(p *Package, os *OS) {
	if os.System != SystemWindows {
		oneOf(c, "state", p.State, packageStates...)
		return
	}
	oneOf(c, "state", p.State, kbStates...)
	switch p.State {
	case KBApplicable, KBSuperseded, KBHidden:
		if p.Installed != nil {
			c.failAt("installed", "is given of a KB that is %s, and so is not installed", p.State)
		}
		if len(p.Versions) == 0 {
			c.failAt("versions", "is required: a KB that is %s has one, its revision", p.State)
		}
	default:
		if p.Installed == nil {
			c.failAt("installed", "is required of a KB without a state that says that it is not installed")
		}
	}
}

// namesAlone checks that no two packages are called alike where a patch is called by the name alone.
func (c *checker) namesAlone(s *Scan) {
	if !s.OS.namesAlone() {
		return
	}
	seen := make(map[string]bool, len(s.Packages))
	for i := range s.Packages {
		name := s.Packages[i].Name
		if seen[name] {
			c.element("packages", i)
			c.failAt("name", "%.64q is listed twice: on %s a patch is called by its name", name, s.OS.System)
			c.leave()
		}
		seen[name] = true
	}
}

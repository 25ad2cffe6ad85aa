package bench

// goal returns what the ratio to JetStream alone is to be at least; 0: nothing was set.
func goal(name string, s Setting) float64 {
	small, large := s.Packages <= 700, s.Packages <= 2000
	switch {
	case s.Sync == Always && name == caseFull && small:
		return 0.80
	case s.Sync == Always && name == caseUnchanged && small:
		return 0.90
	case s.Sync == Always || s.Transport != TCP:
		return 0
	case name == caseFull && small:
		return 0.60
	case name == caseFull && large, name == caseFirst && small, name == caseBaseline && small:
		return 0.50
	case name == caseUnchanged:
		return 0.75
	case name == caseRecheck:
		return 0.40
	}
	return 0
}

package print

// Setting is one of the settings, in words.
type Setting struct {
	Key, Value, About string
	Default           bool // the value is the default
}

// Settings prints a line for each setting.
func (p *Printer) Settings(list []Setting) {
	g := &grid{head: []string{"SETTING", "VALUE", "WHAT IT IS"}}
	for _, s := range list {
		value := OrNone(s.Value)
		if s.Default {
			value += p.paint().dim(" (default)")
		}
		g.add(s.Key, value, s.About)
	}
	p.grid(g)
}

package print

import (
	"strings"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

// User is a user of the server.
type User struct {
	auth.User
	Seed string `json:"seed,omitempty"` // file; absent: it was moved away
	New  bool   `json:"new"`

	Key *KeyRights `json:"key,omitempty"` // absent: it is no key of the HTTP API
}

// KeyRights is what a key of the HTTP API is good for.
type KeyRights struct {
	Role   auth.Role `json:"role"`
	Groups []string  `json:"groups,omitempty"` // absent: all
}

// Users prints a line for each user.
func (p *Printer) Users(list []User) {
	g := &grid{head: []string{"ROLE", "NAME", "SINCE", "PUBLIC KEY", "SEED"}, least: []int{4, 3}, cut: []int{2}}
	for _, u := range list {
		seed := OrNone(u.Seed)
		if u.Key != nil {
			seed = strings.TrimSpace(string(u.Key.Role) + " " + strings.Join(u.Key.Groups, " "))
		}
		g.add(string(u.Role), u.Name, Clock(u.Created), u.PublicKey, seed)
	}
	p.grid(g)
}

// Added prints what became of a user who was to be added.
func (p *Printer) Added(u *User) {
	seed := u.Seed
	if seed == "" {
		seed = "moved away"
	}
	if u.New {
		p.Printf("%s %s: its seed is %s\n", u.Role, u.Name, seed)
	} else {
		p.Printf("%s %s is there already, and keeps its key (%s)\n", u.Role, u.Name, seed)
	}
}

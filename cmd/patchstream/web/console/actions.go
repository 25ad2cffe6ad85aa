package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/deadletters"
	"github.com/patchstream/patchstream/worker/query"
)

// action is something that an operator decides: a form, a page that says what it will do, and a question to the API.
type action struct {
	name    string // in the address
	title   string
	button  string // what the confirmation is called
	danger  bool   // it cannot be taken back
	fields  []input
	about   func(c *console, r *http.Request, v url.Values) ([]string, error) // how it is now, above the form; nil: nothing
	says    func(c *console, r *http.Request, v url.Values) ([]string, error) // what it will do, as sentences
	do      func(v url.Values) (method, path string, body any)
	back    func(v url.Values) string // where it leads once it is done
	done    string                    // what is said there
	command func(v url.Values) []string
}

// input is what an action wants to know.
type input struct {
	Name, Label, Hint string
	Kind              string // text, fixed (what the address says), state, level
	Must              bool
}

// actions returns all that there are.
func actions() []action {
	return []action{override(), withdraw(), group(), retire(), recheckAction(), replay(), discard()}
}

func override() action {
	return action{
		name: "override", title: "Set a state by hand", button: "Set it",
		fields: []input{
			{Name: "host", Label: "Host", Kind: "fixed", Must: true},
			{Name: "patch", Label: "Patch", Kind: "fixed", Must: true},
			{Name: "state", Label: "State", Kind: "state", Must: true},
			{Name: "reason", Label: "Reason", Hint: "for those who read it later, such as: vendor build, CHG-1182", Must: true},
			{Name: "expires", Label: "Until", Hint: "a day or a time, an age from now such as 30d, or never; without it, for as long as the setting override_expires says"},
			{Name: "level", Label: "Level to show", Kind: "level"},
		},
		about: func(c *console, r *http.Request, v url.Values) ([]string, error) {
			e, err := c.explained(r, v)
			return e.Sentences, err
		},
		says: (*console).saysOverride,
		do: func(v url.Values) (string, string, any) {
			body := map[string]string{"state": v.Get("state"), "reason": v.Get("reason")}
			for _, name := range []string{"expires", "level"} {
				if text := v.Get(name); text != "" {
					body[name] = text
				}
			}
			return http.MethodPut, overridePath(v), body
		},
		back: func(v url.Values) string { return patchURL(v.Get("host"), v.Get("patch")) },
		done: "It is set by hand. The host is classified again, and says so in a moment.",
		command: func(v url.Values) []string {
			words := []string{"override", "set", v.Get("host"), v.Get("patch"), v.Get("state"), "--reason", v.Get("reason")}
			if until := v.Get("expires"); until != "" {
				words = append(words, "--expires", until)
			}
			if level := v.Get("level"); level != "" {
				words = append(words, "--level", level)
			}
			return words
		},
	}
}

func overridePath(v url.Values) string {
	return "/hosts/" + url.PathEscape(v.Get("host")) + "/overrides/" + url.PathEscape(v.Get("patch"))
}

func (c *console) saysOverride(r *http.Request, v url.Values) ([]string, error) {
	e, err := c.explained(r, v)
	if err != nil {
		return nil, err
	}
	was := fmt.Sprintf("%s on %s is %s by what is known.", e.Patch, e.Host, e.State)
	if o := e.Reason.Override; o != nil {
		was = fmt.Sprintf("%s on %s is %s by hand (%s), in the place of %s. That ends.", e.Patch, e.Host, e.State, o.Reason, o.ComputedState)
	}
	settings, err := c.settings(r.Context())
	if err != nil {
		return nil, err
	}
	end, err := settings.OverrideEnd(v.Get("expires"), c.cfg.Now().UTC())
	if err != nil {
		return nil, &messages.FieldError{Field: "expires", Problem: err.Error()}
	}
	until := "for ever, until somebody withdraws it"
	if !end.IsZero() {
		until = "until " + clock(end)
	}
	said := []string{
		was,
		fmt.Sprintf("It will count as %s, %s, whatever scans and runs say of it, with the reason “%s” and your key's name beside it.", v.Get("state"), until, v.Get("reason")),
	}
	if e.State.NonCompliant() && !messages.State(v.Get("state")).NonCompliant() {
		said = append(said, "It will no longer make the host non-compliant. Nothing is installed by that.")
	}
	return append(said, "Whoever follows the changes hears of it at once."), nil
}

// explained is why the patch that an action is about is in its state.
func (c *console) explained(r *http.Request, v url.Values) (e query.ExplanationView, err error) {
	err = c.ask(r, http.MethodGet, "/hosts/"+url.PathEscape(v.Get("host"))+"/patches/"+url.PathEscape(v.Get("patch"))+"/explanation", nil, &e)
	return e, err
}

func withdraw() action {
	return action{
		name: "withdraw", title: "Withdraw what was set by hand", button: "Withdraw it",
		fields: []input{
			{Name: "host", Label: "Host", Kind: "fixed", Must: true}, {Name: "patch", Label: "Patch", Kind: "fixed", Must: true},
			{Name: "reason", Label: "Reason", Hint: "for those who read it later"},
		},
		says: func(c *console, r *http.Request, v url.Values) ([]string, error) {
			var all itemsOf[query.OverrideView]
			if err := c.ask(r, http.MethodGet, "/hosts/"+url.PathEscape(v.Get("host"))+"/overrides", nil, &all); err != nil {
				return nil, err
			}
			at := slices.IndexFunc(all.Items, func(o query.OverrideView) bool { return o.Patch == v.Get("patch") })
			if at < 0 {
				return nil, huma.Error404NotFound(fmt.Sprintf("nothing was set by hand of %s on %s", v.Get("patch"), v.Get("host")))
			}
			o := all.Items[at]
			said := []string{fmt.Sprintf("%s on %s was set to %s by %s: “%s”. That ends.", o.Patch, o.Host, o.State, o.By, o.Reason)}
			if o.ComputedState != "" {
				said = append(said, fmt.Sprintf("It will be %s again, by what is known.", o.ComputedState))
			}
			return said, nil
		},
		do: func(v url.Values) (string, string, any) {
			return http.MethodDelete, address(overridePath(v), said(url.Values{"reason": v["reason"]})), nil
		},
		back:    func(v url.Values) string { return patchURL(v.Get("host"), v.Get("patch")) },
		done:    "It is withdrawn. The host is classified again, and says so in a moment.",
		command: func(v url.Values) []string { return []string{"override", "clear", v.Get("host"), v.Get("patch")} },
	}
}

func group() action {
	return action{
		name: "group", title: "Put a host into a patch group", button: "Put it there",
		fields: []input{
			{Name: "host", Label: "Host", Kind: "fixed", Must: true},
			{Name: "group", Label: "Group", Hint: "without one, the host's own tags decide again"},
		},
		says: func(c *console, r *http.Request, v url.Values) ([]string, error) {
			h, err := c.hostAsked(r, v)
			if err != nil {
				return nil, err
			}
			is, will := "is in no group", fmt.Sprintf("It will be in %q, whatever its own tags say.", v.Get("group"))
			if h.Group != "" {
				is = fmt.Sprintf("is in the group %q", h.Group)
			}
			if v.Get("group") == "" {
				will = "Its own tags will decide which group it is in."
			}
			return []string{h.Host + " " + is + ", and is judged by " + orNone(h.Baseline.ID) + ".", will,
				"It will be judged by the baseline that is bound to that group for its system, else by the default, and is classified again at once.",
				"A key that is limited to groups sees it by its new one."}, nil
		},
		do: func(v url.Values) (string, string, any) {
			return http.MethodPut, "/hosts/" + url.PathEscape(v.Get("host")) + "/group", map[string]string{"group": v.Get("group")}
		},
		back: func(v url.Values) string { return hostURL(v.Get("host")) },
		done: "The group is set. The host is classified again.",
		command: func(v url.Values) []string {
			if v.Get("group") == "" {
				return []string{"host", "group", v.Get("host"), "--clear"}
			}
			return []string{"host", "group", v.Get("host"), v.Get("group")}
		},
	}
}

// hostAsked is the host that an action is about, where whoever asks may see it.
func (c *console) hostAsked(r *http.Request, v url.Values) (query.HostView, error) {
	who, _, _ := c.cfg.Admit(r)
	answer, err := c.cfg.Index.Host(r.Context(), v.Get("host"), who.Groups)
	return answer.Host, err
}

func orNone(baseline string) string {
	if baseline == "" {
		return "no baseline"
	}
	return baseline
}

func retire() action {
	return action{
		name: "retire", title: "Retire a host", button: "Retire it", danger: true,
		fields: []input{{Name: "host", Label: "Host", Kind: "fixed", Must: true}, {Name: "reason", Label: "Reason", Hint: "for those who read it later"}},
		says: func(c *console, r *http.Request, v url.Values) ([]string, error) {
			h, err := c.hostAsked(r, v)
			if err != nil {
				return nil, err
			}
			heard := "It never spoke."
			if h.HeardAt != nil {
				heard = fmt.Sprintf("It spoke last %s, on %s.", age(c.cfg.Now(), h.HeardAt), clock(h.HeardAt))
			}
			return []string{fmt.Sprintf("%s is %s. %s", h.Host, h.Status, heard),
				"What is known of it is over: it has no patches, counts nowhere, and only a list of retired hosts has it.",
				"Should it send a full scan again, it is back, with that scan and what comes after it."}, nil
		},
		do: func(v url.Values) (string, string, any) {
			body := map[string]string{}
			if v.Get("reason") != "" {
				body["reason"] = v.Get("reason")
			}
			return http.MethodPost, "/hosts/" + url.PathEscape(v.Get("host")) + "/retire", body
		},
		back: func(v url.Values) string { return hostURL(v.Get("host")) },
		done: "The host is retired.",
		command: func(v url.Values) []string {
			words := []string{"host", "retire", v.Get("host")}
			if reason := v.Get("reason"); reason != "" {
				words = append(words, "--reason", reason)
			}
			return words
		},
	}
}

func recheckAction() action {
	return action{
		name: "recheck", title: "Have hosts classified again", button: "Classify them again",
		fields: []input{{Name: "host", Label: "Host", Kind: "fixed"}, {Name: "outdated", Label: "Outdated hosts", Kind: "fixed"}, {Name: "group", Label: "Group", Kind: "fixed"}},
		says: func(c *console, r *http.Request, v url.Values) ([]string, error) {
			who, _, _ := c.cfg.Admit(r)
			f := query.Filter{Scope: who.Groups}
			which := ""
			switch {
			case v.Get("host") != "":
				h, err := c.hostAsked(r, v)
				if err != nil {
					return nil, err
				}
				return []string{h.Host + " will be classified again from what is known of it, by the baselines and settings that apply now.", "Nothing on the host is asked or done."}, nil
			case v.Get("group") != "":
				f.Groups, which = []string{v.Get("group")}, fmt.Sprintf(" of the group %q", v.Get("group"))
			default:
				f.Outdated, which = true, " that are judged by another baseline, revision or group than applies by now"
			}
			hosts, err := c.cfg.Index.Living(r.Context(), f)
			return []string{plural(len(hosts), "host", "hosts") + which + " will be classified again from what is known of them, 200 at a time.", "Nothing on a host is asked or done."}, err
		},
		do: func(v url.Values) (string, string, any) {
			switch {
			case v.Get("host") != "":
				return http.MethodPost, "/rechecks", map[string]any{"hosts": []string{v.Get("host")}}
			case v.Get("group") != "":
				return http.MethodPost, "/rechecks", map[string]any{"groups": []string{v.Get("group")}}
			}
			return http.MethodPost, "/rechecks", map[string]any{"outdated": true}
		},
		back: func(v url.Values) string {
			if host := v.Get("host"); host != "" {
				return hostURL(host)
			}
			return "/health"
		},
		done: "It has begun: what moves comes as changes.",
		command: func(v url.Values) []string {
			switch {
			case v.Get("host") != "":
				return []string{"recheck", v.Get("host")}
			case v.Get("group") != "":
				return []string{"recheck", "--group", v.Get("group")}
			}
			return []string{"recheck", "--outdated"}
		},
	}
}

func letterPath(v url.Values) string { return "/dead-letters/" + url.PathEscape(v.Get("letter")) }

func replay() action {
	return action{
		name: "replay", title: "Put a dead letter back", button: "Put it back",
		fields: []input{{Name: "letter", Label: "Letter", Kind: "fixed", Must: true}},
		says: func(c *console, r *http.Request, v url.Values) ([]string, error) {
			l, err := c.letterAsked(r, v)
			return append(l, "It goes back into the queue as it came, and is no dead letter any more.",
				"Where a worker can read it by now it is applied, once, however often it comes; else it is a dead letter again, with a new number."), err
		},
		do:      func(v url.Values) (string, string, any) { return http.MethodPost, letterPath(v) + "/replay", nil },
		back:    func(url.Values) string { return "/health" },
		done:    "It is in the queue again.",
		command: func(v url.Values) []string { return []string{"dead-letters", "replay", v.Get("letter")} },
	}
}

func discard() action {
	return action{
		name: "discard", title: "Remove a dead letter", button: "Remove it for ever", danger: true,
		fields: []input{{Name: "letter", Label: "Letter", Kind: "fixed", Must: true}},
		says: func(c *console, r *http.Request, v url.Values) ([]string, error) {
			l, err := c.letterAsked(r, v)
			return append(l, "It is removed for ever, and what it said is never applied."), err
		},
		do:      func(v url.Values) (string, string, any) { return http.MethodDelete, letterPath(v), nil },
		back:    func(url.Values) string { return "/health" },
		done:    "The letter is removed.",
		command: func(v url.Values) []string { return []string{"dead-letters", "purge", v.Get("letter")} },
	}
}

// letterAsked says what a dead letter is.
func (c *console) letterAsked(r *http.Request, v url.Values) ([]string, error) {
	var l deadletters.Letter
	if err := c.ask(r, http.MethodGet, letterPath(v), nil, &l); err != nil {
		return nil, err
	}
	what := "An event of which neither host nor kind can be told"
	if l.Host != "" {
		what = fmt.Sprintf("A %s of %s", l.Kind, l.Host)
	}
	return []string{fmt.Sprintf("%s came on %s, %s, and could not be applied: %s", what, clock(l.At), bytesOf(uint64(l.Bytes)), l.Reason)}, nil
}

// mayAct refuses who may not decide.
func mayAct(who web.Who) error {
	if who.Role != web.Operator {
		return huma.Error403Forbidden("this key only reads: an operator's key may decide")
	}
	return nil
}

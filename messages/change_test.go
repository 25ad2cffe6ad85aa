package messages

import (
	"strings"
	"testing"
)

func TestRefusesChangesThatAreOfNoUse(t *testing.T) {
	t.Parallel()
	const least = `{"v":1,"host":"h","id":"i/h/1","revision":1}`
	enc := Encoding{ContentType: "application/json"}
	if _, err := DecodeChanged([]byte(least), enc); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ old, new, field, says string }{
		{`"v":1,`, ``, "v", "is required"},
		{`"v":1`, `"v":2`, "v", "major version 2 is not supported"},
		{`"h"`, `"a b"`, "host", "only"},
		{`"i/h/1"`, `""`, "id", "is required"},
		{`"revision":1`, `"revision":0`, "revision", "is required"},
		{`"revision":1`, `"revision":-1`, "revision", "must not be negative"},
		{`}`, `,"transitions":[{},{"since":"x"}]}`, "transitions[1].since", notATime},
		{`}`, `,"transitions":[["a"]]}`, "transitions[0]", "must be a map"},
		{`}`, `,"transitions":[{"reason":{"outcome":{"error":7}}}]}`, "transitions[0].reason.outcome.error", "must be a string"},
		{`}`, `,"transitions":[{"reason":{"invalid":[{},{"why":7}]}}]}`, "transitions[0].reason.invalid[1].why", "must be a string"},
		{`}`, `,"counts":{"MISSING":"many"}}`, "counts", "must be an integer"},
		{`}`, `,"counts":{"A":1,"A":1}}`, "counts", "is given twice"},
		{`}`, `,"cause":[]}`, "cause", "must be a map"},
		{`}`, ``, "payload", "ends"},
	} {
		t.Run(tt.new, func(t *testing.T) {
			payload := []byte(strings.Replace(least, tt.old, tt.new, 1))
			changed, err := DecodeChanged(payload, enc)
			if changed != nil {
				t.Error("a change beside the error")
			}
			refused(t, err, tt.field, tt.says)
			if strings.Contains(tt.new, "transitions") {
				return // to a status they are an unknown field
			}
			status, err := DecodeStatusChanged(payload, enc)
			if status != nil {
				t.Error("a change beside the error")
			}
			refused(t, err, tt.field, tt.says)
		})
	}
}

func TestWritesNoChangeThatNobodyWouldRead(t *testing.T) {
	t.Parallel()
	head := Head{Host: "h", ID: "i/h/1", Revision: 1}
	if _, err := EncodeChange(&Changed{Head: head}, MsgPack); err != nil {
		t.Fatal(err)
	}
	for field, edit := range map[string]func(*Changed){
		"host":        func(c *Changed) { c.Host = "" },
		"id":          func(c *Changed) { c.ID = "" },
		"revision":    func(c *Changed) { c.Revision = 0 },
		"transitions": func(c *Changed) { c.Transitions = make([]Transition, maxTransitions+1) },
	} {
		c := &Changed{Head: head}
		edit(c)
		_, err := EncodeChange(c, JSON)
		refused(t, err, field, "")
	}
}

func TestEqualChangesAreEqualBytes(t *testing.T) {
	t.Parallel()
	payload, enc := golden(t, "changed.json")
	c, err := DecodeChanged(payload, enc)
	if err != nil {
		t.Fatal(err)
	}
	first, err := EncodeChange(c, MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		counts := Counts{}
		for key, n := range c.Counts {
			counts[key] = n
		}
		c.Counts = counts
		if again, err := EncodeChange(c, MsgPack); err != nil || string(again) != string(first) {
			t.Fatal("other bytes", err)
		}
	}
}

func TestAChangeMayQuoteMoreOfABaselineThanAnEventMaySay(t *testing.T) {
	t.Parallel()
	c := &Changed{Head: Head{Host: "h", ID: "i", Revision: 1}}
	c.Transitions = []Transition{{Item: Item{Reason: Reason{Matched: &Matched{Text: strings.Repeat("x", maxRuleBytes)}}}}}
	payload, err := EncodeChange(c, MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeChanged(payload, Encoding{}); err != nil {
		t.Error(err)
	}
	c.Transitions[0].Reason.Matched.Text += "x"
	_, err = EncodeChange(c, MsgPack)
	refused(t, err, "transitions[0].reason.matched.text", "is longer than 65536 bytes")
}

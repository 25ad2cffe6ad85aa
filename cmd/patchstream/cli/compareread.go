package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// awsPatch is a patch as describe-instance-patches prints it.
type awsPatch struct{ Title, KBId, State string }

// version is what stands behind the name in a title, as of "openssl.amd64:0:3.0.2".
func (p *awsPatch) version() string {
	rest, is := strings.CutPrefix(p.Title, p.KBId+":")
	if !is {
		return ""
	}
	return rest
}

// awsCounts are the counts of a host as describe-instance-patch-states prints them, by name.
type awsCounts struct {
	instance string
	counts   map[string]int
}

// awsOutput is what AWS says.
type awsOutput struct {
	patches []awsPatch
	listed  bool // there was a list of patches, if an empty one
	states  []awsCounts
	more    bool // the last page names another one
}

// readAWS reads what describe-instance-patches and describe-instance-patch-states have printed: any number of pages, each for itself or in a list.
func readAWS(text []byte) (*awsOutput, error) {
	out := new(awsOutput)
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	for {
		var value json.RawMessage
		err := dec.Decode(&value)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("is not JSON at byte %d: %w; have aws print it with --output json", dec.InputOffset(), err)
		}
		if err := out.add(value); err != nil {
			return nil, err
		}
	}
	switch {
	case out.more:
		return nil, errors.New("its last page has a NextToken, so there are more: ask without --max-items, or add the other pages")
	case !out.listed && out.states == nil:
		return nil, errors.New(notAWS)
	}
	return out, nil
}

const notAWS = `has neither "Patches" nor "InstancePatchStates": give what "aws ssm describe-instance-patches" or "aws ssm describe-instance-patch-states" prints`

// add takes a page, a patch or a list of such.
func (o *awsOutput) add(value json.RawMessage) error {
	if bytes.HasPrefix(bytes.TrimSpace(value), []byte("[")) {
		var list []json.RawMessage
		if err := json.Unmarshal(value, &list); err != nil {
			return err
		}
		o.listed = o.listed || len(list) == 0
		for _, one := range list {
			if err := o.add(one); err != nil {
				return err
			}
		}
		return nil
	}
	var page struct {
		Patches             *[]awsPatch
		InstancePatchStates []map[string]any
		NextToken           string

		awsPatch // where only the list was kept, as by --query Patches
	}
	if err := json.Unmarshal(value, &page); err != nil {
		return fmt.Errorf("is not as aws prints it: %w", err)
	}
	o.more = page.NextToken != ""
	switch {
	case page.Patches != nil:
		return o.list(*page.Patches...)
	case page.InstancePatchStates != nil:
		for _, state := range page.InstancePatchStates {
			o.states = append(o.states, countsIn(state))
		}
		return nil
	case page.KBId != "" || page.State != "":
		return o.list(page.awsPatch)
	}
	return errors.New(notAWS)
}

func (o *awsOutput) list(patches ...awsPatch) error {
	o.listed = true
	for i := range patches {
		p := &patches[i]
		if p.KBId == "" {
			return fmt.Errorf("patch %d has no KBId, by which it is compared", len(o.patches)+1)
		}
		if _, err := stateOfAWS(p.State); err != nil {
			return fmt.Errorf("patch %s: %w", p.KBId, err)
		}
		o.patches = append(o.patches, *p)
	}
	return nil
}

func countsIn(state map[string]any) awsCounts {
	c := awsCounts{counts: make(map[string]int)}
	c.instance, _ = state["InstanceId"].(string)
	for name, value := range state {
		if n, is := value.(float64); is && strings.HasSuffix(name, "Count") {
			c.counts[name] = int(n)
		}
	}
	return c
}

// countsOf returns the counts of a host; nil where there are none.
func (o *awsOutput) countsOf(host, instance string) (map[string]int, error) {
	if len(o.states) == 1 && (instance == "" || o.states[0].instance == instance) {
		return o.states[0].counts, nil
	}
	named := instance
	if named == "" {
		named = host
	}
	var ids []string
	for _, s := range o.states {
		if s.instance == named {
			return s.counts, nil
		}
		ids = append(ids, s.instance)
	}
	switch {
	case len(o.states) == 0 && o.listed && instance == "":
		return nil, nil
	case len(o.states) == 0:
		return nil, usagef("--instance says whose counts are meant, and it has none: leave it out")
	case len(ids) > 10:
		ids = append(ids[:10], "…")
	}
	return nil, usagef("it has no counts of %s: name with --instance one of %s", named, strings.Join(ids, " "))
}

// stateOfAWS reads a state as AWS writes it, InstalledOther, or as its model does, INSTALLED_OTHER.
func stateOfAWS(word string) (messages.State, error) {
	plain := strings.NewReplacer("_", "", "-", "", " ", "")
	for _, s := range messages.States() {
		if strings.EqualFold(plain.Replace(string(s)), plain.Replace(word)) {
			return s, nil
		}
	}
	return messages.ParseState(word)
}

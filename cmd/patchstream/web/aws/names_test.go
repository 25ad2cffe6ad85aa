package aws_test

import (
	"regexp"
	"testing"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/web/aws"
	"github.com/patchstream/patchstream/messages"
)

// Clients refuse ids that are shorter than AWS's: none of ours is shown so.
func TestEveryBaselineIsShownByAnIDThatClientsTake(t *testing.T) {
	t.Parallel()
	taken := regexp.MustCompile(`^[a-zA-Z0-9_\-:/]{20,128}$`)
	seen := make(map[string]string)
	ids := []string{"", "prod", "ünïcode", "with a blank that is long enough", "pb-0123456789abcdef0"}
	for _, b := range baseline.Builtins() {
		ids = append(ids, b.Name)
	}
	for _, id := range ids {
		shown := aws.BaselineID(id)
		if !taken.MatchString(shown) {
			t.Errorf("%q is shown as %q", id, shown)
		}
		if other, is := seen[shown]; is {
			t.Errorf("%q and %q are both shown as %s", id, other, shown)
		}
		seen[shown] = id
	}
	if got := aws.BaselineID("pb-0123456789abcdef0"); got != "pb-0123456789abcdef0" {
		t.Errorf("one of AWS's own is shown as %s", got)
	}
	if got := aws.BaselineID("prod"); got != "pb-6754af9632a2745e8" {
		t.Errorf("got %s", got)
	}
}

func TestTitlesAreAsPatchManagerHasThem(t *testing.T) {
	t.Parallel()
	for want, item := range map[string]messages.Item{
		"openssl.amd64:3.0-2":                {Patch: "openssl.amd64", Name: "openssl", Arch: "amd64", Version: "3.0-2", Installed: "3.0-1"},
		"zlib.amd64:1":                       {Patch: "zlib.amd64", Name: "zlib", Arch: "amd64", Installed: "1"},
		"absent.amd64":                       {Patch: "absent.amd64", Name: "absent", Arch: "amd64"},
		"KB5031364":                          {Patch: "KB5031364", Name: "KB5031364", Version: "2023-10-10"},
		"macOS Ventura:13.6":                 {Patch: "macOS Ventura", Name: "macOS Ventura", Version: "13.6"},
		"kernel.x86_64:5.14.0-362.8.1.el9_3": {Patch: "kernel.x86_64", Name: "kernel", Arch: "x86_64", Version: "5.14.0-362.8.1.el9_3"},
	} {
		if got := aws.Title(&item); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Whoever writes a state writes it in some way: words, or as events have it.
func TestStatesAreReadInAnySpelling(t *testing.T) {
	t.Parallel()
	for _, state := range messages.States() {
		for _, text := range []string{string(state), string(aws.Words[state])} {
			if got, is := aws.State(text); !is || got != state {
				t.Errorf("%s is read as %s", text, got)
			}
		}
	}
	if _, is := aws.State("Gone"); is {
		t.Error("Gone is no state")
	}
}

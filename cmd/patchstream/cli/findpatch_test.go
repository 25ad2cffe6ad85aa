package cli

import (
	"testing"

	"github.com/patchstream/patchstream/classify"
)

func TestFindPatch(t *testing.T) {
	t.Parallel()
	item := func(name, arch string) classify.Item {
		return classify.Item{Patch: name + "." + arch, Name: name, Arch: arch}
	}
	r := &classify.Report{Host: "web-1", Patches: []classify.Item{item("libc6", "amd64"), item("libc6", "i386"), item("openssl", "amd64")}}
	for name, want := range map[string]string{"openssl": "openssl.amd64", "OpenSSL": "openssl.amd64", "libc6.i386": "libc6.i386"} {
		if got, err := findPatch(r, name); err != nil || got.Patch != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"libc6":  `web-1 has several patches "libc6": name one of libc6.amd64 libc6.i386`,
		"opnssl": `web-1 has no patch "opnssl": the nearest are openssl.amd64`,
		"xyz":    `web-1 has no patch "xyz": "patchstream patches web-1" lists them`,
	} {
		if _, err := findPatch(r, name); err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := findPatch(&classify.Report{Host: "web-1"}, "openssl")
	if err == nil || err.Error() != `web-1 has no patch "openssl": nothing is known of its packages ("patchstream status web-1" says why)` {
		t.Error(err)
	}
}

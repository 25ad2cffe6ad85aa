package messages

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/patchstream/patchstream/messages/pack"
)

func TestKeepsNothingOfThePayload(t *testing.T) {
	t.Parallel()
	want := hostScan(50)
	for format := range Format(2) {
		payload, err := Encode(want, format)
		if err != nil {
			t.Fatal(err)
		}
		compressed, encoding := pack.Compress(payload, 0)
		for _, tt := range []struct {
			payload  []byte
			encoding string
		}{{payload, ""}, {compressed, encoding}} {
			got, err := Decode(KindScan, tt.payload, Encoding{format.ContentType(), tt.encoding})
			if err != nil {
				t.Fatal(err)
			}
			for i := range tt.payload {
				tt.payload[i] = '#'
			}
			for range 3 { // what is shared is used again, too
				other, encoding := pack.Compress(bytes.Repeat([]byte("#"), 1<<16), 0)
				_, err := Decode(KindScan, other, Encoding{ContentEncoding: encoding})
				refused(t, err, "payload", "must be a map")
			}
			if diff := cmp.Diff(Event(want), got); diff != "" {
				t.Error(diff)
			}
		}
	}
}

func TestListsOfOneEventDoNotRunIntoEachOther(t *testing.T) {
	t.Parallel()
	payload, err := Encode(hostScan(50), MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	event, err := Decode(KindScan, payload, Encoding{})
	if err != nil {
		t.Fatal(err)
	}
	got := event.(*Scan)
	for i := range got.Packages {
		p := &got.Packages[i]
		p.Versions[0].Origins = append(p.Versions[0].Origins, -1)
		p.Versions = append(p.Versions, Version{Version: "more"})
		*p.Installed = "other"
	}
	want := hostScan(50)
	for i := range want.Packages {
		p := &want.Packages[i]
		p.Versions[0].Origins = append(p.Versions[0].Origins, -1)
		p.Versions = append(p.Versions, Version{Version: "more"})
		*p.Installed = "other"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodingAllocatesATenthOfWhatReflectionDoes(t *testing.T) {
	payload := plainScanPayload(t, 2000)
	streaming := testing.AllocsPerRun(5, func() {
		if _, err := Decode(KindScan, payload, Encoding{}); err != nil {
			t.Error(err)
		}
	})
	reflection := testing.AllocsPerRun(5, func() {
		var s plainScan
		if err := msgpack.Unmarshal(payload, &s); err != nil {
			t.Error(err)
		}
	})
	if streaming > reflection/10 {
		t.Errorf("%v allocations; reflection has %v", streaming, reflection)
	}
}

func TestSaysAgainWhatWasSaidBeforeWithoutACopy(t *testing.T) {
	t.Parallel()
	payload, err := Encode(hostScan(2000), MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	event, err := Decode(KindScan, payload, Encoding{})
	if err != nil {
		t.Fatal(err)
	}
	copies := map[string]map[*byte]bool{}
	for _, p := range event.(*Scan).Packages {
		for _, s := range []string{p.Arch, p.State, p.Versions[0].Priority, p.Versions[0].Section} {
			if copies[s] == nil {
				copies[s] = map[*byte]bool{}
			}
			copies[s][unsafe.StringData(s)] = true
		}
	}
	for s, places := range copies {
		if len(places) > 50 {
			t.Errorf("%q stands in %d places", s, len(places))
		}
	}
}

func TestABoundOfAllPackagesTogether(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(leastScan, `]}`))
	for i := range MaxVersions/MaxPackageVersions + 1 {
		fmt.Fprintf(&b, `,["p%d","amd64",null,[`, i)
		for v := range MaxPackageVersions {
			fmt.Fprintf(&b, `["%d"],`, v)
		}
		b.WriteString(`]]`)
	}
	payload := strings.ReplaceAll(b.String(), ",]", "]") + "]}"
	_, err := Decode(KindScan, []byte(payload), Encoding{ContentType: "application/json"})
	refused(t, err, "packages[3126].versions[0]", "is beyond 200000 versions in the scan")
}

func TestErrorsReadAsFieldAndProblem(t *testing.T) {
	t.Parallel()
	_, err := Decode(KindScan, []byte(`{"packages":[{"name":"a","versions":[{"version":1}]}]}`), Encoding{ContentType: "application/json"})
	const want = "packages[0].versions[0].version: must be a string"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if fe := (*FieldError)(nil); !errors.As(fmt.Errorf("decode scan: %w", err), &fe) {
		t.Error("it is no FieldError when wrapped")
	}
}

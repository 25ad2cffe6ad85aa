package messages

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadsTheEncodingFromHeadersOfAnyCase(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		headers map[string][]string
		want    Encoding
	}{
		"none":                  {nil, Encoding{}},
		"as we write them":      {Encoding{"application/json", "zstd"}.Headers(), Encoding{"application/json", "zstd"}},
		"lower case":            {map[string][]string{"content-type": {"application/json"}, "content-encoding": {"s2"}}, Encoding{"application/json", "s2"}},
		"upper case":            {map[string][]string{"CONTENT-TYPE": {"application/json"}}, Encoding{ContentType: "application/json"}},
		"the first value":       {map[string][]string{"Content-Encoding": {"zstd", "s2"}}, Encoding{ContentEncoding: "zstd"}},
		"no value":              {map[string][]string{"Content-Encoding": {}, "content-type": {}}, Encoding{}},
		"an empty one":          {map[string][]string{"Content-Encoding": {""}, "content-encoding": {"zstd"}}, Encoding{ContentEncoding: "zstd"}},
		"ours before any other": {map[string][]string{"CONTENT-ENCODING": {"s2"}, "Content-Encoding": {"zstd"}}, Encoding{ContentEncoding: "zstd"}},
		"two others":            {map[string][]string{"content-encoding": {"s2"}, "CONTENT-ENCODING": {"zstd"}}, Encoding{ContentEncoding: "zstd"}},
		"another header":        {map[string][]string{"X-Content-Type": {"text/plain"}}, Encoding{}},
	} {
		if got := EncodingOf(tt.headers); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

func TestHeaderHasPrefixWhateverItsCase(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Nats-Schedule": true, "nats-scheduler": true, "NATS-SCHEDULE-TTL": true, "Nats-Sched": false, "X-Nats-Schedule": false, "": false,
	} {
		if got := HeaderHasPrefix(name, HeaderSchedulePrefix); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestChangesHaveTheHeadersOfCloudEvents(t *testing.T) {
	t.Parallel()
	head := Head{ID: "k3f9a2zq/web-1/17", Host: "web-1", At: time.Date(2026, 11, 20, 10, 0, 0, 5e8, time.FixedZone("", 3600))}
	want := map[string][]string{
		"ce-specversion": {"1.0"}, "ce-id": {"k3f9a2zq/web-1/17"}, "ce-source": {"/patchstream/k3f9a2zq"}, "ce-type": {"a.type"},
		"ce-subject": {"web-1"}, "ce-time": {"2026-11-20T09:00:00.5Z"}, "ce-datacontenttype": {"application/json"},
		"Content-Type": {"application/json"}, "Content-Encoding": {"zstd"},
	}
	if diff := cmp.Diff(want, head.Headers("a.type", "k3f9a2zq", Encoding{"application/json", "zstd"})); diff != "" {
		t.Error(diff)
	}
}

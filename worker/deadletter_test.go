package worker_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/worker/deadletters"
	"github.com/patchstream/patchstream/worker/workertest"
)

// deadLetters returns what is in PATCH_DEAD.
func deadLetters(t testing.TB, js jetstream.JetStream) []workertest.Message {
	t.Helper()
	return workertest.ReadAll(t, js, messages.StreamDead)
}

// altered is an event as a publisher in another language may get it wrong.
func altered(t *testing.T, e messages.Event, alter func(fields map[string]any)) *nats.Msg {
	t.Helper()
	m := workertest.Encode(t, e)
	var fields map[string]any
	if err := msgpack.Unmarshal(m.Data, &fields); err != nil {
		t.Fatal(err)
	}
	alter(fields)
	var err error
	if m.Data, err = msgpack.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	return m
}

// set returns an alteration of one field.
func set(field string, value any) func(map[string]any) {
	return func(fields map[string]any) { fields[field] = value }
}

func with(m *nats.Msg, header, value string) *nats.Msg {
	m.Header[header] = []string{value}
	return m
}

// bomb is small on the wire and large in memory.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range messages.MaxDecompressedBytes>>20 + 1 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// badInputs are messages that can never be applied, and the field that their dead letter names.
func badInputs(t *testing.T) map[string]struct {
	message func(host string) *nats.Msg
	field   string
} {
	scan := func(host string) *messages.Scan {
		return workertest.Scan(host, 5, workertest.Package("curl", "1", "2"))
	}
	raw := func(data []byte, headers ...string) func(string) *nats.Msg {
		return func(host string) *nats.Msg {
			m := &nats.Msg{Subject: "patch.scan." + host, Data: data, Header: nats.Header{}}
			for i := 0; i < len(headers); i += 2 {
				m.Header[headers[i]] = []string{headers[i+1]}
			}
			return m
		}
	}
	scanWith := func(alter func(map[string]any)) func(string) *nats.Msg {
		return func(host string) *nats.Msg { return altered(t, scan(host), alter) }
	}
	return map[string]struct {
		message func(string) *nats.Msg
		field   string
	}{
		"nothing":         {raw(nil), "payload"},
		"not MessagePack": {raw([]byte("hello")), "payload"},
		"cut off": {func(host string) *nats.Msg {
			m := workertest.Encode(t, scan(host))
			m.Data = m.Data[:len(m.Data)/2]
			return m
		}, ""},
		"a list of 2^32":        {raw([]byte("\x81\xa8packages\xdd\xff\xff\xff\xff")), "packages"},
		"a zstd bomb":           {raw(bomb(t), "Content-Encoding", "zstd"), "payload"},
		"not zstd":              {raw([]byte("hello"), "content-encoding", "zstd"), "payload"},
		"unknown type":          {raw([]byte("<scan/>"), "Content-Type", "application/xml"), "Content-Type"},
		"broken JSON":           {raw([]byte(`{"v": 1, "id": `), "Content-Type", "application/json"), "id"},
		"version 2":             {scanWith(set("v", 2)), "v"},
		"another host":          {scanWith(set("host", "somebody-else")), "host"},
		"an id with a space":    {scanWith(set("id", "a b")), "id"},
		"from 1970":             {scanWith(set("taken_at", time.Unix(0, 0))), "taken_at"},
		"from 9999":             {scanWith(set("taken_at", "9999-12-31T23:59:59Z")), "taken_at"},
		"from 2036":             {scanWith(set("taken_at", time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC))), "taken_at"},
		"eleven minutes ahead":  {scanWith(set("taken_at", time.Now().Add(11*time.Minute))), "taken_at"},
		"booted after the scan": {scanWith(set("booted_at", time.Now())), "booted_at"},
		"complete and empty":    {scanWith(func(f map[string]any) { delete(f, "packages") }), "packages"},
		"a package twice":       {scanWith(func(f map[string]any) { p := f["packages"].([]any); f["packages"] = append(p, p[0]) }), "packages[1].name"},
		"a run without an end": {func(host string) *nats.Msg {
			return altered(t, workertest.Run(host, 1), func(f map[string]any) { delete(f, "finished_at") })
		}, "finished_at"},
		"an override for no reason": {func(host string) *nats.Msg {
			return altered(t, workertest.Override(host, 1, "curl.amd64", messages.Installed), func(f map[string]any) { delete(f, "reason") })
		}, "reason"},
		"a schedule": {func(host string) *nats.Msg {
			return with(workertest.Encode(t, scan(host)), "nats-schedule", "@at 2030-01-01T00:00:00Z")
		}, "nats-schedule"},
		"the target of a schedule": {func(host string) *nats.Msg {
			return with(workertest.Encode(t, scan(host)), "Nats-Schedule-Target", "patch.scan.victim")
		}, "Nats-Schedule-Target"},
		"what looks like a heartbeat of the server": {func(host string) *nats.Msg {
			return with(workertest.Encode(t, scan(host)), "Status", "100")
		}, "Status"},
		"a count of what a request left": {func(host string) *nats.Msg {
			return with(workertest.Encode(t, scan(host)), "Nats-Pending-Messages", "many")
		}, "Nats-Pending-Messages"},
		"the pin of a client": {func(host string) *nats.Msg {
			return with(workertest.Encode(t, scan(host)), "Nats-Pin-Id", "somebody")
		}, "Nats-Pin-Id"},
		"a scheduler": {func(host string) *nats.Msg { return with(workertest.Encode(t, scan(host)), "NATS-SCHEDULER", "x") }, "NATS-SCHEDULER"},
	}
}

func TestABadEventIsDeadLetteredWithTheFieldNamedAndCostsOnlyItself(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	type sent struct {
		name, field string
		sequence    uint64
		message     *nats.Msg
	}
	cases := make(map[string]sent) // by host
	for name, c := range badInputs(t) {
		host := "web-" + strconv.Itoa(len(cases))
		events := story(host)
		workertest.Publish(t, js, events[0])
		m := c.message(host)
		cases[host] = sent{name, c.field, workertest.Send(t, js, m), m}
		workertest.Publish(t, js, events[1:]...)
	}
	workertest.Applied(t, js)
	letters := make(map[string]workertest.Message)
	for _, letter := range deadLetters(t, js) {
		_, host, _ := strings.Cut(strings.TrimPrefix(letter.Subject, "patch.dead."), ".")
		if letters[host].Subject != "" {
			t.Errorf("two dead letters on %s", letter.Subject)
		}
		letters[host] = letter
	}
	for host, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			letter := letters[host]
			if want := "patch.dead" + strings.TrimPrefix(c.message.Subject, "patch"); letter.Subject != want {
				t.Fatalf("dead letter on %q, want %q", letter.Subject, want)
			}
			if reason := letter.Header.Get("Patch-Dead-Reason"); reason == "" || !strings.HasPrefix(reason, c.field) {
				t.Errorf("reason %q, want one that names %s", reason, c.field)
			} else {
				t.Log(reason)
			}
			if !bytes.Equal(letter.Data, c.message.Data) {
				t.Error("the payload is another one")
			}
			if got := letter.Header.Get("Patch-Dead-Subject") + " " + letter.Header.Get("Patch-Dead-Sequence"); got != fmt.Sprint(c.message.Subject, " ", c.sequence) {
				t.Errorf("of %s", got)
			}
			if _, err := time.Parse(time.RFC3339Nano, letter.Header.Get("Patch-Dead-At")); err != nil {
				t.Error(err)
			}
			if n, err := strconv.Atoi(letter.Header.Get("Patch-Dead-Deliveries")); err != nil || n < 1 {
				t.Errorf("deliveries %q", letter.Header.Get("Patch-Dead-Deliveries"))
			}
			workertest.CheckHost(t, js, host, builtin, time.Now(), story(host)...)
		})
	}
}

func TestAScheduleNeverEntersTheQueueAtAll(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	prepare(t, js)
	m := with(workertest.Encode(t, story("web-1")[0]), "Nats-Schedule", "@at 2030-01-01T00:00:00Z")
	if _, err := js.PublishMsg(t.Context(), with(m, "Nats-Schedule-Target", "patch.scan.victim")); err == nil {
		t.Error("the stream took a schedule")
	}
}

func TestADeadLetterOfAnIllegalHostIsKeptUnderNoHost(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	workertest.Send(t, js, &nats.Msg{Subject: "patch.scan.web$1", Data: []byte{0x80}})
	workertest.Send(t, js, &nats.Msg{Subject: "patch.run." + strings.Repeat("x", 129), Data: []byte{0x80}})
	workertest.Applied(t, js)
	var subjects []string
	for _, letter := range deadLetters(t, js) {
		subjects = append(subjects, letter.Subject)
	}
	slices.Sort(subjects)
	if !slices.Equal(subjects, []string{"patch.dead.run._", "patch.dead.scan._"}) {
		t.Errorf("dead letters on %q", subjects)
	}
}

// obeyed are headers that the stream of dead letters would obey or refuse.
var obeyed = nats.Header{
	"Nats-Expected-Stream": {"PATCH_EVENTS"},
	"Nats-Msg-Id":          {"scan/web-1/1"},
	"nats-rollup":          {"all"},
	"X-Trace":              {"a", "b"},
	"Patch-Dead-Reason":    {"forged"},
}

func TestAHeaderThatIsAnOrderToTheServerIsKeptUnderAnotherName(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	good := workertest.Encode(t, story("web-1")[0])
	good.Header = nats.Header{"Nats-Expected-Stream": {"PATCH_EVENTS"}}
	workertest.Send(t, js, good)
	workertest.Send(t, js, &nats.Msg{Subject: "patch.scan.web-2", Data: []byte("hello"), Header: obeyed})
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), story("web-1")[0])
	letters := deadLetters(t, js)
	if len(letters) != 1 {
		t.Fatalf("%d dead letters", len(letters))
	}
	h := letters[0].Header
	for name, want := range map[string]string{
		"Patch-Original-Nats-Expected-Stream": "PATCH_EVENTS", "Patch-Original-Nats-Msg-Id": "scan/web-1/1", "Patch-Original-nats-rollup": "all",
	} {
		if got := h[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, name := range []string{"Nats-Expected-Stream", "nats-rollup"} {
		if _, there := h[name]; there {
			t.Errorf("%s is still there", name)
		}
	}
	if got := h["X-Trace"]; !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("X-Trace: %q", got)
	}
	if got := h["Patch-Dead-Reason"]; len(got) != 1 || got[0] == "forged" {
		t.Errorf("Patch-Dead-Reason: %q", got)
	}
}

func TestADeadLetterThatWouldNotFitIsCutAndSaysSo(t *testing.T) {
	t.Parallel()
	const limit = 64 << 10
	s := workertest.Server(t, func(o *server.Options) { o.MaxPayload = limit })
	js := workertest.JetStream(t, s)
	start(t, s)
	data := []byte(strings.Repeat("x", limit-500))
	workertest.Send(t, js, &nats.Msg{Subject: "patch.scan.web-1", Data: data})
	headers := nats.Header{}
	for i := range 300 {
		headers.Set(fmt.Sprintf("X-%d", i), strings.Repeat("y", 190))
	}
	workertest.Send(t, js, &nats.Msg{Subject: "patch.scan.web-2", Data: []byte("hello"), Header: headers})
	workertest.Applied(t, js)
	letters := deadLetters(t, js)
	if len(letters) != 2 {
		t.Fatalf("%d dead letters", len(letters))
	}
	slices.SortFunc(letters, func(a, b workertest.Message) int { return strings.Compare(a.Subject, b.Subject) })
	if got := letters[0].Header.Get("Patch-Dead-Truncated"); got != strconv.Itoa(len(data)) {
		t.Errorf("Patch-Dead-Truncated: %q, the payload had %d bytes", got, len(data))
	}
	if n := len(letters[0].Data); n >= len(data) || n < len(data)*9/10 || !bytes.HasPrefix(data, letters[0].Data) {
		t.Errorf("%d of %d bytes are left", n, len(data))
	}
}

// noise is a name that compression gains nothing on.
func noise(random *rand.Rand) string {
	b := make([]byte, 24)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[random.IntN(36)]
	}
	return string(b)
}

func TestARecordThatCannotBeStoredDeadLettersItsEventAndLeavesTheHostAsItWas(t *testing.T) {
	t.Parallel()
	const limit = 16 << 10
	s := workertest.Server(t, func(o *server.Options) { o.MaxPayload = limit })
	js := workertest.JetStream(t, s)
	start(t, s)
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	random := rand.New(rand.NewPCG(1, 2))
	var packages []messages.Package
	for range 720 {
		packages = append(packages, workertest.Package(noise(random), "1"))
	}
	big := workertest.Encode(t, workertest.Scan("web-1", 2, packages...))
	encoding := ""
	if big.Data, encoding = pack.Compress(big.Data, 0); len(big.Data) > limit-1000 {
		t.Fatalf("the scan has %d bytes", len(big.Data))
	}
	workertest.Send(t, js, with(big, "Content-Encoding", encoding))
	workertest.Publish(t, js, events[2])
	workertest.Applied(t, js)
	letters := deadLetters(t, js)
	if len(letters) != 1 || !strings.Contains(letters[0].Header.Get("Patch-Dead-Reason"), "max_payload") {
		t.Fatalf("dead letters: %+v", letters)
	}
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events[0], events[2])
}

func TestARecordThatGrewTooLargeDeadLettersWhatDoesNotFitAndNoMore(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t, func(o *server.Options) { o.MaxPayload = 16 << 10 })
	js := workertest.JetStream(t, s)
	start(t, s)
	random := rand.New(rand.NewPCG(5, 6))
	events := map[string]messages.Event{"scan-1": story("web-1")[0]}
	workertest.Publish(t, js, events["scan-1"])
	for n := range 9 {
		o := workertest.Override("web-1", 10+n, fmt.Sprintf("waits-%d.amd64", n), messages.Installed)
		for len(o.Reason) < 3000 {
			o.Reason += noise(random)
		}
		events[o.ID] = o
		workertest.Publish(t, js, o)
	}
	workertest.Applied(t, js)
	letters := deadLetters(t, js)
	if len(letters) == 0 || len(letters) > 6 {
		t.Fatalf("%d dead letters", len(letters))
	}
	for _, letter := range letters {
		if reason := letter.Header.Get("Patch-Dead-Reason"); !strings.Contains(reason, "record") {
			t.Errorf("reason %q", reason)
		}
		e, err := messages.Decode(messages.KindOverride, letter.Data, messages.Encoding{})
		if err != nil {
			t.Fatal(err)
		}
		delete(events, e.EventID())
	}
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), slices.Collect(maps.Values(events))...)
}

func TestTheLargestMessageStopsNobody(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	for range 2 {
		workertest.Send(t, js, &nats.Msg{Subject: "patch.scan.web-2", Data: make([]byte, 8<<20-100)})
	}
	workertest.Publish(t, js, events[1:]...)
	start(t, s)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	letters := deadLetters(t, js)
	if len(letters) != 2 || !strings.HasPrefix(letters[0].Header.Get("Patch-Dead-Reason"), "payload: ") || letters[0].Header.Get("Patch-Dead-Truncated") != strconv.Itoa(8<<20-100) {
		t.Errorf("%d dead letters", len(letters))
	}
}

// A letter that an earlier version stored has the headers of its event as they were.
func TestALetterWhoseHeadersLookLikeTheServersWordIsReadAsAnyOther(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	prepare(t, js)
	for _, status := range []string{"100", "409", "503"} {
		m := with(&nats.Msg{Subject: messages.DeadSubject(messages.KindScan, "web-1"), Header: nats.Header{}}, "Status", status)
		workertest.Send(t, js, with(m, messages.HeaderDeadSubject, "patch.scan.web-1"))
	}
	store, err := deadletters.Open(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"", "web-1"} {
		var read []string
		err := store.Each(t.Context(), host, func(l *deadletters.Letter) error {
			read = append(read, l.Headers.Get("Status"))
			return nil
		})
		if err != nil || !slices.Equal(read, []string{"100", "409", "503"}) {
			t.Errorf("letters %q, %v", read, err)
		}
	}
}

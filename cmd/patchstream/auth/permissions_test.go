package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// rights are what a user tries, a subject in each line; VICTIM stands for another host's public key, OWN for its own.
type rights struct {
	role                     Role
	name                     string
	publishes, mayNot        string
	subscribes, mayNotEither string
}

// What is refused to all but workers, and what to all but workers and operators.
const (
	ofWorkers = `
		patch.changed.web-1
		patch.status.web-1
		patch.dead.scan.web-1
		patch.resend.web-1
		patch.later.1795168800.web-1
		patch.due.web-1
		$KV.PATCH_HOSTS.web-1
		$KV.PATCH_ATTEMPTS.x
		$SYS.REQ.SERVER.PING
		$JS.API.STREAM.CREATE.MINE
		$JS.API.STREAM.UPDATE.PATCH_CHANGES
		$JS.API.STREAM.DELETE.PATCH_CHANGES
		$JS.API.STREAM.PURGE.PATCH_CHANGES
		$JS.API.STREAM.PURGE.KV_PATCH_HOSTS
		$JS.API.STREAM.MSG.DELETE.PATCH_CHANGES
		$JS.API.STREAM.MSG.GET.PATCH_EVENTS
		$JS.API.CONSUMER.CREATE.PATCH_EVENTS.mine
		$JS.API.CONSUMER.DELETE.PATCH_EVENTS.patchstream-worker
		$JS.API.CONSUMER.MSG.NEXT.PATCH_EVENTS.patchstream-worker
		$JS.ACK.PATCH_EVENTS.patchstream-worker.1.1.1.1.1
		_INBOX.VICTIM.x`
	ofOperators = `
		patch.override.web-1
		patch.recheck.web-1
		patch.retire.web-1
		$KV.PATCH_BASELINES.settings
		$JS.API.INFO
		$JS.API.STREAM.NAMES
		$JS.API.STREAM.INFO.PATCH_CHANGES
		$JS.API.DIRECT.GET.KV_PATCH_HOSTS.$KV.PATCH_HOSTS.web-1
		$KV.PATCH_SCANS.web-1.x
		$JS.API.CONSUMER.CREATE.PATCH_CHANGES
		$KV.PATCH_ITEMS.web-1
		$JS.API.STREAM.LIST
		$JS.API.CONSUMER.DURABLE.CREATE.PATCH_CHANGES.mine`
)

// Every attempt is made by a connection of its own, and says nothing that a stream would take to heart.
var table = []rights{{
	role: Host, name: "web-1",
	publishes: `
		patch.scan.web-1
		patch.run.web-1
		$JS.API.DIRECT.GET.PATCH_RESEND.patch.resend.web-1`,
	mayNot: ofWorkers + ofOperators + `
		patch.scan.victim
		patch.scan.web-1.example
		patch.scan
		patch.run.victim
		patch.resend.victim
		$JS.API.STREAM.UPDATE.PATCH_EVENTS
		$JS.API.STREAM.PURGE.PATCH_EVENTS
		$JS.API.STREAM.INFO.PATCH_RESEND
		$JS.API.STREAM.MSG.GET.PATCH_CHANGES
		$JS.API.STREAM.MSG.DELETE.PATCH_EVENTS
		$JS.API.STREAM.SNAPSHOT.PATCH_CHANGES
		$JS.API.DIRECT.GET.PATCH_RESEND
		$JS.API.DIRECT.GET.PATCH_RESEND.patch.resend.victim
		$JS.API.DIRECT.GET.PATCH_RESEND.patch.resend.web-1.example
		$JS.API.DIRECT.GET.KV_PATCH_SCANS.$KV.PATCH_SCANS.web-1.x
		$JS.API.STREAM.MSG.GET.KV_PATCH_SCANS
		$JS.API.CONSUMER.CREATE.PATCH_CHANGES.mine.patch.changed.victim
		$JS.API.CONSUMER.INFO.PATCH_CHANGES.siem
		$JS.API.CONSUMER.MSG.NEXT.PATCH_CHANGES.siem
		$JS.FC.KV_PATCH_HOSTS.x.y
		$SYS.REQ.USER.INFO
		patchstream.reader.info.siem
		_R_.x`,
	subscribes: `
		_INBOX.OWN.>`,
	mayNotEither: `
		>
		patch.>
		patch.scan.web-1
		patch.changed.>
		patch.resend.web-1
		$KV.>
		$JS.>
		_R_.>
		_INBOX.>
		_INBOX.*.>
		_INBOX.VICTIM.>`,
}, {
	role: Reader, name: "siem",
	publishes: `
		$JS.API.CONSUMER.INFO.PATCH_CHANGES.siem
		$JS.API.CONSUMER.MSG.NEXT.PATCH_CHANGES.siem
		$JS.ACK.PATCH_CHANGES.siem.1.99.99.1.0`,
	mayNot: ofWorkers + ofOperators + `
		patch.scan.web-1
		patch.run.web-1
		$JS.API.STREAM.INFO.KV_PATCH_HOSTS
		$JS.API.STREAM.MSG.GET.PATCH_CHANGES
		$JS.API.DIRECT.GET.KV_PATCH_SCANS.$KV.PATCH_SCANS.web-1.x
		$JS.API.STREAM.MSG.GET.KV_PATCH_SCANS
		$JS.API.CONSUMER.CREATE.PATCH_CHANGES.siem
		$JS.API.CONSUMER.CREATE.PATCH_CHANGES.siem.patch.changed.>
		$JS.API.CONSUMER.DURABLE.CREATE.PATCH_CHANGES.siem
		$JS.API.CONSUMER.DELETE.PATCH_CHANGES.siem
		$JS.API.CONSUMER.INFO.PATCH_CHANGES.other
		$JS.API.CONSUMER.MSG.NEXT.PATCH_CHANGES.other
		$JS.ACK.PATCH_CHANGES.other.1.1.1.1.0
		patchstream.reader.info.other`,
	subscribes: `
		_INBOX.OWN.>`,
	mayNotEither: `
		>
		patch.changed.>
		patch.scan.>
		$KV.>
		_INBOX.>
		_INBOX.VICTIM.>`,
}, {
	role: Viewer, name: "grafana",
	publishes: `
		$JS.API.STREAM.MSG.GET.PATCH_CHANGES
		$JS.API.STREAM.MSG.GET.KV_PATCH_HOSTS
		$JS.API.STREAM.MSG.GET.KV_PATCH_BASELINES
		$JS.API.STREAM.MSG.GET.KV_PATCH_ITEMS
		$JS.API.STREAM.MSG.GET.KV_PATCH_SCANS
		$SYS.REQ.USER.INFO`,
	mayNot: ofWorkers + ofOperators + `
		patch.scan.web-1
		patch.run.web-1
		$KV.PATCH_ITEMS.x
		$JS.API.STREAM.INFO.KV_PATCH_HOSTS
		$JS.API.STREAM.SNAPSHOT.KV_PATCH_HOSTS
		$JS.API.STREAM.MSG.DELETE.KV_PATCH_HOSTS
		$JS.API.STREAM.MSG.GET.PATCH_DEAD
		$JS.API.STREAM.MSG.GET.PATCH_LATER
		$JS.API.STREAM.MSG.GET.PATCH_RESEND
		$JS.API.STREAM.MSG.GET.KV_PATCH_ATTEMPTS
		$JS.API.DIRECT.GET.KV_PATCH_HOSTS
		$JS.API.DIRECT.GET.KV_PATCH_BASELINES
		$JS.API.CONSUMER.CREATE.PATCH_CHANGES.mine
		$JS.API.CONSUMER.CREATE.KV_PATCH_HOSTS.mine.$KV.PATCH_HOSTS.>
		$JS.API.CONSUMER.LIST.PATCH_CHANGES
		$JS.API.CONSUMER.INFO.PATCH_CHANGES.siem
		$JS.API.CONSUMER.MSG.NEXT.PATCH_CHANGES.siem
		$JS.API.CONSUMER.DELETE.PATCH_CHANGES.siem
		$JS.ACK.PATCH_CHANGES.siem.1.1.1.1.0
		$JS.FC.KV_PATCH_HOSTS.x.y
		patchstream.viewer.get.PATCH_EVENTS
		patchstream.reader.info.siem
		_R_.x`,
	subscribes: `
		_INBOX.OWN.>`,
	mayNotEither: `
		>
		patch.>
		patch.changed.>
		$KV.>
		$JS.>
		_R_.>
		_INBOX.>
		_INBOX.*.>
		_INBOX.VICTIM.>`,
}, {
	role: Operator, name: "o",
	publishes: `
		patch.scan.web-1
		patch.run.web-1
		patch.override.web-1
		patch.recheck.web-1
		patch.retire.web-1
		$KV.PATCH_BASELINES.test
		$KV.PATCH_ITEMS.test
		$JS.API.DIRECT.GET.KV_PATCH_ITEMS.$KV.PATCH_ITEMS.test
		$JS.API.STREAM.INFO.PATCH_DEAD
		$JS.API.STREAM.MSG.GET.PATCH_CHANGES
		$JS.API.DIRECT.GET.KV_PATCH_HOSTS.$KV.PATCH_HOSTS.web-1
		$JS.API.CONSUMER.INFO.PATCH_EVENTS.patchstream-worker
		$SYS.REQ.USER.INFO`,
	mayNot: ofWorkers,
	subscribes: `
		_INBOX.OWN.>
		patchstream.operator.o`,
	mayNotEither: `
		patchstream.operator.p
		>
		patch.scan.>
		$KV.>
		_INBOX.>`,
}, {
	role: Worker, name: "w",
	publishes: `
		patch.recheck.web-1
		patch.later.1795168800.web-1
		patch.due.web-1
		$KV.PATCH_ATTEMPTS.test
		$KV.PATCH_ITEMS.test
		$KV.PATCH_SCANS.web-1.x
		$JS.API.DIRECT.GET.KV_PATCH_SCANS.$KV.PATCH_SCANS.web-1.x
		$JS.API.STREAM.PURGE.PATCH_DEAD
		$JS.API.STREAM.INFO.PATCH_EVENTS`,
	mayNot: `
		patch.scan.web-1
		patch.run.web-1
		patch.override.web-1
		patch.retire.web-1
		$KV.PATCH_BASELINES.settings
		$JS.API.STREAM.DELETE.PATCH_CHANGES
		$JS.API.STREAM.PURGE.PATCH_CHANGES
		$JS.API.STREAM.PURGE.KV_PATCH_BASELINES
		$JS.API.STREAM.PURGE.KV_PATCH_SCANS
		$JS.API.STREAM.MSG.DELETE.KV_PATCH_SCANS
		$JS.API.STREAM.MSG.DELETE.KV_PATCH_BASELINES
		$JS.API.STREAM.MSG.DELETE.PATCH_DEAD
		_INBOX.VICTIM.x`,
	subscribes: `
		_INBOX.OWN.>`,
	mayNotEither: `
		>
		patch.scan.>
		_INBOX.>`,
}}

func TestEachMayWhatItsPartIsAndNoMore(t *testing.T) {
	f := start(t)
	victim := f.as(t, Host, "victim").key
	for _, r := range table {
		t.Run(string(r.role), func(t *testing.T) {
			own := f.as(t, r.role, r.name).key
			each := func(lines string, try func(u *user, subject string) bool, want bool) {
				for _, subject := range strings.Fields(strings.NewReplacer("VICTIM", victim, "OWN", own).Replace(lines)) {
					u := f.as(t, r.role, r.name)
					if got := try(u, subject); got != want {
						t.Errorf("%s: let through: %v", subject, got)
					}
					u.conn.Close()
				}
			}
			publish := func(u *user, subject string) bool { return u.publishes(t, subject, u.conn.NewInbox(), "") }
			subscribe := func(u *user, subject string) bool { return u.subscribes(t, subject) }
			before := f.stored(t)
			each(r.mayNot, publish, false)
			each(r.mayNotEither, subscribe, false)
			if diff := cmp.Diff(before, f.stored(t)); diff != "" {
				t.Errorf("what was refused is stored all the same:\n%s", diff)
			}
			each(r.publishes, publish, true)
			each(r.subscribes, subscribe, true)
		})
	}
}

// What the client library makes of the permissions, end to end.
func TestAHostGetsItsAcknowledgementAndItsResend(t *testing.T) {
	f := start(t)
	if _, err := f.js.Publish(within(t), messages.ResendSubject("web-1"), []byte("please")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"web-1": "", "web-1.example": "404"} {
		h := f.as(t, Host, name)
		js, err := jetstream.New(h.conn)
		if err != nil {
			t.Fatal(err)
		}
		ack, err := js.Publish(within(t), messages.KindScan.Subject(name), []byte("x"))
		if err != nil || ack.Stream != messages.StreamEvents {
			t.Errorf("%s: %+v, %v", name, ack, err)
		}
		m, err := h.conn.RequestWithContext(within(t), resendGet+messages.ResendSubject(name), nil)
		if err != nil || m.Header.Get("Status") != want {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

// The subjects in which a forged message would do harm.
var targets = []string{
	"patch.scan.victim", "patch.run.victim", "patch.override.victim", "patch.recheck.victim", "patch.retire.victim", "patch.changed.victim",
	"patch.status.victim", "patch.dead.scan.victim", "patch.resend.victim", "patch.later.1795168800.victim", "patch.due.victim",
	"$KV.PATCH_HOSTS.victim", "$KV.PATCH_BASELINES.settings", "$KV.PATCH_ATTEMPTS.victim", "$KV.PATCH_ITEMS.victim", "$KV.PATCH_SCANS.victim",
}

// JetStream answers on whatever subject a message names for the reply, and would store its own answer there.
func TestNoReplyOfTheServerEndsInAStream(t *testing.T) {
	f := start(t)
	if _, err := f.js.Publish(within(t), messages.ResendSubject("web-1"), []byte("please")); err != nil {
		t.Fatal(err)
	}
	tricks := map[Role][]string{
		Host:   {"patch.scan.web-1", "patch.run.web-1", resendGet + "patch.resend.web-1"},
		Reader: {consumerInfo + "siem", consumerNext + "siem", consumerAck + "siem.1.1.1.1.0"},
		Viewer: {messageGet + "PATCH_CHANGES", messageGet + "KV_PATCH_HOSTS", UserInfo},
	}
	f.makeConsumer(t, "siem")
	if _, err := f.js.Publish(within(t), messages.ChangedSubject("web-1"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	for role, subjects := range tricks {
		u := f.as(t, role, map[Role]string{Host: "web-1", Reader: "siem", Viewer: "grafana"}[role])
		for _, subject := range subjects {
			for _, target := range targets {
				if !u.publishes(t, subject, target, "") {
					t.Fatalf("%s is refused: the trick was not tried", subject)
				}
			}
		}
	}
	f.settle(t)
	f.unharmed(t)
	// The same by somebody in the account of JetStream, to see that the test would see it.
	f.as(t, Operator, "o").publishes(t, "patch.override.web-1", "patch.changed.victim", "")
	f.settle(t)
	if f.stored(t)["PATCH_CHANGES patch.changed.victim"] != 1 {
		t.Error("an operator's trick is closed too: say so in docs/security.md")
	}
}

// One message is answered, however many are asked for, and of no other stream than it may read.
func TestAViewerGetsOneMessageARequest(t *testing.T) {
	f := start(t)
	for _, payload := range []string{"one", "two"} {
		if _, err := f.js.Publish(within(t), messages.ChangedSubject("web-1"), []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	v := f.as(t, Viewer, "grafana")
	inbox := v.conn.NewInbox()
	answers, err := v.conn.SubscribeSync(inbox)
	if err != nil {
		t.Fatal(err)
	}
	for request, want := range map[string]string{
		`{"seq":1,"next_by_subj":"patch.changed.>"}`: `"seq":1`, `{"last_by_subj":"patch.changed.web-1"}`: `"seq":2`, `{"start_time":"2020-01-01T00:00:00Z","next_by_subj":">"}`: `"seq":1`,
		`{"seq":1,"next_by_subj":">","batch":100}`: `"code":400`, `{"multi_last":[">"]}`: `"code":400`, `{"seq":1,"max_bytes":1000000}`: `"code":400`,
	} {
		if err := v.conn.PublishRequest(messageGet+"PATCH_CHANGES", inbox, []byte(request)); err != nil {
			t.Fatal(err)
		}
		m, err := answers.NextMsg(patience)
		if err != nil || !strings.Contains(string(m.Data), want) {
			t.Errorf("%s: %v, %v", request, m, err)
		}
	}
	f.settle(t)
	if err := v.conn.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	if n, _, err := answers.Pending(); n != 0 || err != nil {
		t.Errorf("%d answers more, %v", n, err)
	}
	if consumers, err := f.js.Stream(within(t), "PATCH_CHANGES"); err != nil || consumers.CachedInfo().State.Consumers != 0 {
		t.Errorf("%+v, %v", consumers, err)
	}
}

// A trace of a message, too, is a message that the server publishes where it is told.
func TestNoTraceEndsInAStream(t *testing.T) {
	f := start(t)
	for _, target := range targets {
		m := nats.NewMsg("patch.scan.web-1")
		m.Header.Set("Nats-Trace-Dest", target)
		m.Header.Set("Nats-Trace-Only", "true")
		h := f.as(t, Host, "web-1")
		if err := h.conn.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
		if h.passed(t, "Publish to", target) {
			t.Errorf("a trace to %s was let through", target)
		}
	}
	f.settle(t)
	f.unharmed(t)
}

// unharmed fails the test where a stream has a message on one of the targets.
func (f *fleet) unharmed(t *testing.T) {
	t.Helper()
	for what := range f.stored(t) {
		if strings.HasSuffix(what, ".victim") || strings.HasSuffix(what, ".settings") {
			t.Errorf("stored: %s", what)
		}
	}
}

// settle returns when every stream has taken what the server had for it: each takes one more message.
func (f *fleet) settle(t *testing.T) {
	t.Helper()
	h := f.as(t, Host, "web-1")
	for range 2 { // an answer to a message in one stream may be a message in another
		js, err := jetstream.New(h.conn)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.Publish(within(t), "patch.scan.web-1", nil); err != nil {
			t.Fatal(err)
		}
		for _, subject := range []string{
			"patch.recheck.settle", "patch.changed.settle", "patch.dead.scan.settle", "patch.resend.settle", "patch.due.settle",
			"$KV.PATCH_HOSTS.settle", "$KV.PATCH_ATTEMPTS.settle",
		} {
			if _, err := f.js.Publish(within(t), subject, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What docs/security.md says of ids that can be guessed: JetStream drops a message by its id alone.
func TestAGuessedIdKeepsAnothersEventOut(t *testing.T) {
	f := start(t)
	duplicate := map[string]bool{}
	for _, name := range []string{"web-1", "victim"} {
		js, err := jetstream.New(f.as(t, Host, name).conn)
		if err != nil {
			t.Fatal(err)
		}
		ack, err := js.Publish(within(t), messages.KindRun.Subject(name), nil, jetstream.WithMsgID("run/victim/nightly"))
		if err != nil {
			t.Fatal(err)
		}
		duplicate[name] = ack.Duplicate
	}
	if duplicate["web-1"] || !duplicate["victim"] {
		t.Errorf("%v: docs/security.md says otherwise", duplicate)
	}
}

func (f *fleet) makeConsumer(t *testing.T, name string) {
	t.Helper()
	js, err := jetstream.New(f.as(t, Operator, "o").conn)
	if err != nil {
		t.Fatal(err)
	}
	_, err = js.CreateConsumer(within(t), messages.StreamChanges, jetstream.ConsumerConfig{Durable: name, AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAReaderConsumesByItsOwnConsumerAlone(t *testing.T) {
	f := start(t)
	f.makeConsumer(t, "siem")
	for _, payload := range []string{"one", "two"} {
		if _, err := f.js.Publish(within(t), messages.ChangedSubject("web-1"), []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	js, err := jetstream.New(f.as(t, Reader, "siem").conn)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := js.Consumer(within(t), messages.StreamChanges, "siem")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one", "two"} {
		m, err := consumer.Next(jetstream.FetchMaxWait(patience))
		if err != nil || string(m.Data()) != want {
			t.Fatalf("%v, %v", m, err)
		}
		if err := m.DoubleAck(within(t)); err != nil {
			t.Error(err)
		}
	}
	info, err := consumer.Info(within(t))
	if err != nil || info.AckFloor.Consumer != 2 || info.NumPending != 0 {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestNobodyElseGetsIn(t *testing.T) {
	f := start(t)
	if nc, err := nats.Connect(f.url); err == nil {
		nc.Close()
		t.Error("somebody without a key")
	}
	stranger, _, err := Init(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := stranger.Add(Host, []string{"web-1"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	nkey, err := nats.NkeyOptionFromSeed(stranger.Seed(User{Role: Host, Name: "web-1"}))
	if err != nil {
		t.Fatal(err)
	}
	if nc, err := nats.Connect(f.url, nkey); err == nil {
		nc.Close()
		t.Error("somebody with a key of another directory")
	}
}

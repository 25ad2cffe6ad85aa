package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/patchstream/patchstream/messages"
)

// Commands that talk to no NATS server, or to one of their own.
var withoutNATS = []string{
	"serve", "demo", "auth init", "auth host", "auth worker", "auth operator", "auth reader", "auth viewer", "auth api-key", "auth list", "auth revoke",
	"spool list", "version", "completion", "man", "help",
}

func TestEveryCommandThatTalksToNATSSaysAsWhom(t *testing.T) {
	t.Parallel()
	for path, c := range commands(t) {
		name := strings.TrimPrefix(path, "patchstream ")
		if c.HasSubCommands() || slices.Contains(withoutNATS, name) {
			continue
		}
		for _, flag := range []string{"server", "creds", "nkey", "tls-ca", "tls-cert", "tls-key"} {
			if c.Flags().Lookup(flag) == nil {
				t.Errorf("%s has no --%s", path, flag)
			}
		}
	}
}

// keypair makes keys of a kind and returns them with the public one.
func keypair(t *testing.T, create func() (nkeys.KeyPair, error)) (nkeys.KeyPair, string) {
	t.Helper()
	pair, err := create()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return pair, public
}

// operated starts a server that believes an operator's JWTs, with one account, and returns its URL and a maker of
// credentials of that account.
func operated(t *testing.T) (url string, creds func(allowed *jwt.Permissions) string) {
	t.Helper()
	operator, operatorKey := keypair(t, nkeys.CreateOperator)
	account, accountKey := keypair(t, nkeys.CreateAccount)
	_, systemKey := keypair(t, nkeys.CreateAccount)
	resolver := &natsserver.MemAccResolver{}
	for key, limits := range map[string]jwt.JetStreamLimits{
		accountKey: {DiskStorage: -1, MemoryStorage: -1, Streams: -1, Consumer: -1}, systemKey: {},
	} {
		claims := jwt.NewAccountClaims(key)
		claims.Limits.JetStreamLimits = limits
		signed, err := claims.Encode(operator)
		if err == nil {
			err = resolver.Store(key, signed)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	n, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, JetStream: true, StoreDir: t.TempDir(), MaxPayload: 8 << 20,
		TrustedKeys: []string{operatorKey}, AccountResolver: resolver, SystemAccount: systemKey, AuthTimeout: patience.Seconds(), // machines are busy
	})
	if err != nil {
		t.Fatal(err)
	}
	n.Start()
	t.Cleanup(func() { n.Shutdown(); n.WaitForShutdown() })
	if !n.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	return n.ClientURL(), func(allowed *jwt.Permissions) string {
		user, userKey := keypair(t, nkeys.CreateUser)
		claims := jwt.NewUserClaims(userKey)
		if allowed != nil {
			claims.Permissions = *allowed
			claims.Sub.Allow = jwt.StringList{fmt.Sprintf("_INBOX.%s.>", userKey)}
		}
		token, err := claims.Encode(account)
		if err != nil {
			t.Fatal(err)
		}
		seed, err := user.Seed()
		if err != nil {
			t.Fatal(err)
		}
		text, err := jwt.FormatUserConfig(token, seed)
		if err != nil {
			t.Fatal(err)
		}
		return write(t, "user.creds", string(text))
	}
}

// On a server of somebody else's making, by credentials: with every right, and with those of a host.
func TestCredentials(t *testing.T) {
	t.Parallel()
	url, creds := operated(t)
	all := creds(nil)
	w := start(t, "worker", "--server", url, "--creds", all)
	w.lineWith(t, "ready")
	mine := &jwt.Permissions{}
	mine.Pub.Allow = jwt.StringList{"patch.scan." + host, "patch.run." + host}
	as := creds(mine)
	file := freshOf(t, host, "")
	must(t, live(t, "publish", "scan", file, "--server", url, "--creds", as))
	eventually(t, func() bool { return live(t, "status", host, "--server", url, "--creds", all).code == 0 }, "the scan is classified")
	live(t, "publish", "scan", freshOf(t, otherHost, ""), "--server", url, "--creds", as).
		wants(t, exitFailed, "the credentials in --creds "+as+" may not do that: \"patchstream publish scan\" takes those of host "+otherHost+" or an operator; refused: patch.scan."+otherHost)

	live(t, "status", "--server", url).wants(t, exitFailed, "refused us", "--creds")
	live(t, "status", "--server", url, "--creds", file).wants(t, exitFailed, "--creds "+file)
	live(t, "status", "--server", url, "--creds", as, "--nkey", as).wants(t, exitUsage, "--creds and --nkey exclude each other")
	foreign, strangers := operated(t)
	live(t, "status", "--server", url, "--creds", strangers(nil)).wants(t, exitFailed, "refused us", "--creds")
	live(t, "status", "--server", foreign, "--creds", all).wants(t, exitFailed, "refused us", "--creds")
}

// A host that remembers its last scan may be allowed to publish and nothing else: it then sends full scans.
func TestAHostThatMayNotReadItsResendSendsFullScans(t *testing.T) {
	t.Parallel()
	url, creds := operated(t)
	all := creds(nil)
	start(t, "worker", "--server", url, "--creds", all).lineWith(t, "ready")
	mine := &jwt.Permissions{}
	mine.Pub.Allow = jwt.StringList{"patch.scan." + host}
	as, state := creds(mine), t.TempDir()
	same := collected(t)
	for range 2 {
		r := scanWith(t, func() (*messages.Scan, error) { c := *same; return &c, nil }, "--host", host, "--state", state, "--server", url, "--creds", as)
		if must(t, r); r.stderr != "" {
			t.Errorf("%s", r.stderr)
		}
		age(t, filepath.Join(state, host+".json"))
	}
}

// age makes the last scan that is remembered an hour older, so that an unchanged one might follow.
func age(t *testing.T, file string) {
	t.Helper()
	var last map[string]any
	if err := json.Unmarshal([]byte(readFile(t, file)), &last); err != nil {
		t.Fatal(err)
	}
	last["sent_at"] = time.Now().Add(-time.Hour)
	text, err := json.Marshal(last)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTheEnvironmentSaysWhoWeAre(t *testing.T) {
	g := guarded(t)
	t.Setenv("NATS_URL", g.nats)
	t.Setenv("NATS_NKEY", g.seed("host-"+host))
	must(t, live(t, "publish", "scan", freshOf(t, host, "")))
	must(t, live(t, "status", "--nkey", g.seed("operator-admin")))
	creds := write(t, "user.creds", "none")
	live(t, "status", "--creds", creds).wants(t, exitFailed, "--creds "+creds)
	t.Setenv("NATS_CREDS", creds)
	live(t, "status").wants(t, exitUsage, "exclude each other")
}

func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := account.Seed()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"text": "no key", "empty": "", "account": string(seed)} {
		file := write(t, name+".nk", text)
		call(t, "status", "--nkey", file).wants(t, exitFailed, "--nkey "+file)
	}
	none := filepath.Join(t.TempDir(), "none.nk")
	call(t, "status", "--nkey", none).wants(t, exitFailed, none)
}

package dial

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

func given(flags ...string) func(string) bool {
	return func(flag string) bool { return strings.Contains(" "+strings.Join(flags, " ")+" ", " "+flag+" ") }
}

func TestAddressesOfServers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"nats://127.0.0.1:4222": true, "127.0.0.1": true, "nats.example.org:4222": true, "tls://[::1]:4222": true, "wss://a": true,
		"": false, "nats://": false, "http://a": false, "a:99999": false, "nats://:4222": false, "a b": false,
	} {
		if isServer(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

func TestNoPasswordIsShown(t *testing.T) {
	t.Parallel()
	c := &Target{Server: "nats://ops:secret@a:4222, nats://b"}
	if got := c.Address(); got != "nats://ops:xxxxx@a:4222,nats://b" {
		t.Error(got)
	}
	if err := c.Unreachable(nats.ErrNoServers); strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func TestFlagsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]*Target{
		"--server is empty":           {Server: " ,"},
		"no address of a NATS server": {Server: "http://a"},
		"go together":                 {Server: "a", Cert: "x"},
	} {
		var flags *FlagError
		if err := c.Check(); !errors.As(err, &flags) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", says, err)
		}
	}
}

// Of two ways to say who we are the one on the command line counts, the other being the environment's.
func TestAFlagCountsForMoreThanTheEnvironment(t *testing.T) {
	t.Parallel()
	for flag, uses := range map[string]string{"creds": "--creds none.creds", "nkey": "--nkey none.nk"} {
		c := &Target{Creds: "none.creds", Nkey: "none.nk", Given: given(flag)}
		if _, err := c.identity(); err == nil || !strings.HasPrefix(err.Error(), uses) {
			t.Errorf("%s: %v", flag, err)
		}
	}
	both := &Target{Creds: "none.creds", Nkey: "none.nk", Given: given("creds", "nkey")}
	if _, err := both.identity(); err == nil || !strings.Contains(err.Error(), "exclude each other") {
		t.Error(err)
	}
}

// A wrong password is mended in the URL, a key that was revoked by another one.
func TestWhoIsNotLetInIsToldHowToCome(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]*Target{
		"check the user and the password in the URL":                {Server: "nats://ops:wrong@127.0.0.1:1"},
		`it does not know the key in --nkey web.nk (any more): "pa`: {Server: "nats://127.0.0.1:1", Nkey: "web.nk"},
		"it does not know the user in --creds web.creds":            {Server: "nats://127.0.0.1:1", Creds: "web.creds"},
		": say who you are with --nkey or --creds":                  {Server: "nats://127.0.0.1:1"},
	} {
		if err := c.Unreachable(nats.ErrAuthorization); !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "wrong") {
			t.Errorf("%v", err)
		}
	}
}

// What Go says of it beside is as long again, and says the same.
func TestACertificateOfAnUnknownAuthorityIsToldInALine(t *testing.T) {
	t.Parallel()
	c := &Target{Server: "tls://nats.example.org:4222"}
	err := c.Unreachable(fmt.Errorf("nats: tls error: %w", x509.UnknownAuthorityError{Cert: &x509.Certificate{}}))
	if err.Error() != "the certificate of the NATS server at tls://nats.example.org:4222 is of an authority that we do not trust: name its authority with --tls-ca" {
		t.Error(err)
	}
}

func TestADenialNamesForWhomItIsTheSubjectAndWhoWeAre(t *testing.T) {
	t.Parallel()
	c := &Target{Nkey: "web.nk", Name: "patchstream publish scan", For: []auth.Role{auth.Host, auth.Operator}}
	says := `the key in --nkey web.nk may not do that: "patchstream publish scan" takes the key of `
	for text, want := range map[string]string{
		`nats: permissions violation: Permissions Violation for Publish to "patch.scan.web-2"`:                                               `host web-2 or an operator ("patchstream auth host web-2" makes one); refused: patch.scan.web-2`,
		`nats: permissions violation: Permissions Violation for Publish to "$JS.API.CONSUMER.CREATE.PATCH_CHANGES.siem"`:                     `the host itself or an operator ("patchstream auth host NAME" makes one); refused: $JS.API.CONSUMER.CREATE.PATCH_CHANGES.siem`,
		`nats: permissions violation: Permissions Violation for Publish to "$JS.API.CONSUMER.CREATE.PATCH_CHANGES.xTt7cn_1.patch.changed.>"`: `the host itself or an operator ("patchstream auth host NAME" makes one); refused: $JS.API.CONSUMER.CREATE.PATCH_CHANGES.>`,
		`nats: permissions violation: Permissions Violation for Subscription to "patch.changed.>"`:                                           `the host itself or an operator ("patchstream auth host NAME" makes one); refused: patch.changed.>`,
	} {
		err := c.Denied(errors.New(text))
		if !errors.Is(err, nats.ErrPermissionViolation) || err.Error() != says+want {
			t.Errorf("%v", err)
		}
		if c.Denied(err) != err { // who we are is said once
			t.Errorf("%v", c.Denied(err))
		}
	}
}

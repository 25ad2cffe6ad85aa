package auth

import (
	"fmt"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// config is auth.conf: the accounts, what they share, and the users.
func config(users []User) []byte {
	var b strings.Builder
	b.WriteString("# Written by \"patchstream auth\" from users.json at every change; do not edit.\n\naccounts {\n")
	hosts := []string{messages.KindScan.Subject(">"), messages.KindRun.Subject(">"), resendGet + messages.ResendSubject(">")}
	account(&b, AccountPatch, users, Worker, Operator)
	b.WriteString("    jetstream: enabled\n    exports: [\n")
	for _, subject := range append(hosts, consumerInfo+"*", consumerAck+">") {
		fmt.Fprintf(&b, "      {service: %q}\n", subject)
	}
	for _, stream := range viewed() {
		fmt.Fprintf(&b, "      {service: %q}\n", messageGet+stream)
	}
	fmt.Fprintf(&b, "      {service: %q, response_type: stream}\n    ]\n  }\n", consumerNext+"*")

	account(&b, accountHosts, users, Host)
	limits(&b)
	b.WriteString("    imports: [\n")
	for _, subject := range hosts {
		imported(&b, subject, "")
	}
	b.WriteString("    ]\n  }\n")

	account(&b, accountReaders, users, Reader)
	limits(&b)
	fmt.Fprintf(&b, "    mappings: {%q: %q}\n    imports: [\n", consumerInfo+"*", readerInfo+"$1")
	imported(&b, consumerInfo+"*", readerInfo+"*")
	imported(&b, consumerNext+"*", "")
	imported(&b, consumerAck+">", "")
	b.WriteString("    ]\n  }\n")

	account(&b, AccountViewers, users, Viewer)
	limits(&b)
	fmt.Fprintf(&b, "    mappings: {%q: %q}\n    imports: [\n", messageGet+"*", viewerGet+"$1")
	for _, stream := range viewed() {
		imported(&b, messageGet+stream, viewerGet+stream)
	}
	b.WriteString("    ]\n  }\n}\n")
	return []byte(b.String())
}

// account begins an account with its users.
func account(b *strings.Builder, name string, users []User, roles ...Role) {
	fmt.Fprintf(b, "  %s {\n    users: [\n", name)
	for _, role := range roles {
		for _, u := range users {
			if u.Role != role {
				continue
			}
			allow, deny := allowed(u)
			publish := list(allow)
			if deny != nil {
				publish = fmt.Sprintf("{allow: %s, deny: %s}", publish, list(deny))
			}
			fmt.Fprintf(b, "      # %s %s\n      {nkey: %s, permissions: {publish: %s, subscribe: %s}}\n",
				u.Role, u.Name, u.PublicKey, publish, list(subscribes(u)))
		}
	}
	b.WriteString("    ]\n")
}

// limits bounds the connections of an account together, and the subscriptions of each.
func limits(b *strings.Builder) {
	fmt.Fprintf(b, "    limits: {max_connections: %d, max_subscriptions: %d}\n", maxOfAccount, maxSubscriptions)
}

func imported(b *strings.Builder, subject, to string) {
	if to != "" {
		to = fmt.Sprintf(", to: %q", to)
	}
	fmt.Fprintf(b, "      {service: {account: %s, subject: %q}%s}\n", AccountPatch, subject, to)
}

func list(subjects []string) string {
	quoted := make([]string, len(subjects))
	for i, s := range subjects {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// serverConfig is nats-server.conf as it is written once.
func serverConfig(listen, store string) []byte {
	return fmt.Appendf(nil, `# Written once by "patchstream auth init", and yours to edit from then on. Users are in auth.conf, which "patchstream
# auth" writes: after a change, "nats-server --signal reload". ("patchstream serve --auth" reads auth.conf alone.)

listen: %q
max_payload: 8MB

# A connection that does nothing is closed. max_connections must leave descriptors (ulimit -n) for JetStream's files.
ping_interval: "20s"
ping_max: 2
max_connections: 50000
max_subscriptions: 1000 # of one connection

jetstream {
  store_dir: %q
  # Synced to the disk before it is acknowledged. "2m" is faster, and a power failure loses what came since.
  sync_interval: always
}

# Before it listens on an address that others reach:
# tls {
#   cert_file: "/etc/patchstream/server.pem"
#   key_file: "/etc/patchstream/server.key"
#   # ca_file: "/etc/patchstream/clients.pem"
#   # verify: true
# }

# For one of three servers, each with a name of its own and the same auth.conf:
# server_name: nats-1
# cluster { name: patchstream, listen: "0.0.0.0:6222", routes: ["nats://nats-2:6222", "nats://nats-3:6222"] }

include "./auth.conf"
`, listen, store)
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
	"github.com/patchstream/patchstream/worker/query"
)

// fleet is what answers questions about hosts: an API, or what is read of a server of NATS for the question.
type fleet interface {
	// Hosts gives the hosts that answer a question to visit, in their order, and returns how many fit.
	Hosts(ctx context.Context, q query.HostsQuestion, visit func(query.HostView) error) (int, error)
	// Summary adds up all hosts.
	Summary(ctx context.Context) (*query.SummaryAnswer, error)
	// Reports gives the hosts of some names to visit, in that order.
	Reports(ctx context.Context, names []string, visit func(*query.Host) error) error
	// Host returns a host; of an unknown one it says which may be meant.
	Host(ctx context.Context, name string) (*query.Host, error)
	// Overrides returns those of a host, or, where that is empty, those in force on the fleet; in no order.
	Overrides(ctx context.Context, host string) ([]query.OverrideView, error)
	// Patches returns the patches of the fleet that are meant, and how many there are.
	Patches(ctx context.Context, q query.PatchesQuestion) ([]query.FleetPatch, int, error)
	// Judging returns by what a host is judged by now.
	Judging(ctx context.Context, h *query.Host) (query.Judged, error)
	// Groups returns the patch groups.
	Groups(ctx context.Context) ([]query.GroupView, error)
	// Changes gives the changes of a host that are kept to visit, in their order.
	Changes(ctx context.Context, q web.ChangesQuestion, visit func(*messages.Changed) error) error
}

// endpoint is where questions go: an API, where one is named, else a server of NATS.
type endpoint struct {
	api, keyFile string
	ca           string // file with the authority of the API's certificate; empty: those that this machine trusts
	cert, key    string // files of our certificate and its key; empty: none
	connection   *dial.Target
}

func addEndpoint(cmd *cobra.Command) *endpoint {
	e := &endpoint{}
	value, usage := env("PATCHSTREAM_API", "", "`URL` of an API to ask (of \"patchstream serve\" or \"patchstream api\"), in the place of NATS")
	cmd.Flags().StringVar(&e.api, "api", value, usage)
	file := func(to *string, flag, variable, usage string) {
		value, usage := env(variable, "", "`FILE` with "+usage)
		cmd.Flags().StringVar(to, flag, value, usage)
	}
	file(&e.keyFile, "api-key-file", "PATCHSTREAM_API_KEY_FILE", "the key of the API")
	file(&e.ca, "api-ca", "PATCHSTREAM_API_CA", "the certificate authority of the API")
	file(&e.cert, "api-cert", "PATCHSTREAM_API_CERT", "our certificate for the API")
	file(&e.key, "api-cert-key", "PATCHSTREAM_API_CERT_KEY", "the key of that certificate")
	e.connection = addConnection(cmd)
	return e
}

// ask hands over who answers, and since when "now" is.
func (a *app) askFleet(ctx context.Context, e *endpoint, do func(context.Context, fleet, time.Time) error) error {
	client, err := e.client()
	if err != nil {
		return err
	}
	if client != nil {
		a.RevisionOf = currentRevisions(ctx, client)
		return do(ctx, remote{client}, a.now())
	}
	return a.ask(ctx, e.connection, func(ctx context.Context, q *asker) error { return do(ctx, &local{a: a, asker: q}, q.Now()) })
}

// currentRevisions are those of the baselines as an API has them, once it is asked for one; 0 for older ones.
func currentRevisions(ctx context.Context, client *web.Client) func(id string, version uint64) uint64 {
	all := sync.OnceValue(func() []query.BaselineView {
		list, _ := client.Baselines(ctx) // the answer is true without
		return list
	})
	return func(id string, version uint64) uint64 {
		for _, b := range all() {
			if b.ID == id && b.Version == version {
				return b.Revision
			}
		}
		return 0
	}
}

// client asks the API that is named; nil where none is.
func (e *endpoint) client() (*web.Client, error) {
	if e.api == "" {
		return nil, nil
	}
	if !strings.HasPrefix(e.api, "http://") && !strings.HasPrefix(e.api, "https://") {
		return nil, usagef("--api %q: it begins with http:// or https://, as http://127.0.0.1:8420", e.api)
	}
	secure, err := dial.HTTPS(dial.Trust{CA: e.ca, Cert: e.cert, Key: e.key})
	if err != nil {
		return nil, err
	}
	c := &web.Client{URL: e.api, HTTP: secure}
	if e.keyFile != "" {
		if c.Key, err = apiKeyIn(e.keyFile); err != nil {
			return nil, fmt.Errorf("--api-key-file %w", err)
		}
	}
	return c, nil
}

// apiKeyIn reads a key, which may come from a pipe, once.
func apiKeyIn(file string) (string, error) {
	if info, err := os.Stat(file); err != nil || info.IsDir() || info.Mode().IsRegular() {
		if err := dial.CheckKeyFiles(file); err != nil {
			return "", err
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(text))
	if key == "" {
		return "", fmt.Errorf("%s is empty: write the token into it that \"patchstream auth api-key\" showed", file)
	}
	return key, nil
}

// remote asks an API.
type remote struct{ *web.Client }

func (r remote) Host(ctx context.Context, name string) (*query.Host, error) {
	h, err := r.Client.Host(ctx, name)
	if !errors.Is(err, web.ErrNotFound) {
		return h, err
	}
	err = fmt.Errorf("%s: %w", name, query.ErrUnknownHost)
	if letters, otherwise := r.DeadLetters(ctx, name); otherwise == nil && len(letters) > 0 {
		return nil, fmt.Errorf("%w: %w", err, onlyDead(name, len(letters), letters[len(letters)-1]))
	}
	names, otherwise := r.Names(ctx)
	if otherwise != nil {
		return nil, otherwise
	}
	return nil, meant(err, name, names)
}

func (r remote) Overrides(ctx context.Context, host string) ([]query.OverrideView, error) {
	if host != "" {
		if _, err := r.Host(ctx, host); err != nil {
			return nil, err
		}
	}
	return r.Client.Overrides(ctx, host)
}

func (r remote) Judging(ctx context.Context, h *query.Host) (query.Judged, error) {
	groups, err := r.Groups(ctx)
	for _, g := range groups {
		if g.Group == h.Report.Group && g.OS == h.Report.About.OS.System {
			return query.Judged{ID: g.Baseline, Group: g.Group, Bound: g.Bound}, err
		}
	}
	return query.Judged{}, err
}

func (r remote) Reports(ctx context.Context, names []string, visit func(*query.Host) error) error {
	for _, name := range names {
		h, err := r.Client.Host(ctx, name)
		if errors.Is(err, web.ErrNotFound) { // gone since
			continue
		}
		if err == nil {
			err = visit(h)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// local reads the fleet into an index for the questions of one command.
type local struct {
	a     *app
	asker *asker
	index *query.Index
}

func (l *local) load(ctx context.Context) error {
	if l.index != nil {
		return nil
	}
	index, err := l.a.loadIndex(ctx, l.asker.js, l.asker.Now())
	l.index = index
	return err
}

// loadIndex reads the whole fleet into memory.
func (a *app) loadIndex(ctx context.Context, js jetstream.JetStream, now time.Time) (*query.Index, error) {
	index, err := query.NewIndex(query.IndexConfig{Conn: js.Conn(), JS: js, Log: a.Logger(), Now: func() time.Time { return now }})
	if err != nil {
		return nil, err
	}
	progress := a.Progress("reading the fleet", 0)
	defer progress.Stop()
	done := uint64(0)
	return index, index.Load(ctx, func(read, _ uint64) {
		for ; done < read; done++ {
			progress.Done()
		}
	})
}

func (l *local) Hosts(ctx context.Context, q query.HostsQuestion, visit func(query.HostView) error) (int, error) {
	if err := l.load(ctx); err != nil {
		return 0, err
	}
	page, err := l.index.Hosts(ctx, q)
	if err != nil {
		return 0, err
	}
	for h := range page.Hosts() {
		if err := visit(h); err != nil {
			return 0, err
		}
	}
	return page.Total, nil
}

func (l *local) Summary(ctx context.Context) (*query.SummaryAnswer, error) {
	if err := l.load(ctx); err != nil {
		return nil, err
	}
	return l.index.Summary(ctx, "", query.Filter{})
}

func (l *local) Reports(ctx context.Context, names []string, visit func(*query.Host) error) error {
	return l.asker.Each(ctx, names, visit)
}

func (l *local) Host(ctx context.Context, name string) (*query.Host, error) {
	return l.asker.host(ctx, name)
}

func (l *local) Overrides(ctx context.Context, host string) ([]query.OverrideView, error) {
	if host != "" {
		h, err := l.asker.host(ctx, host)
		if err != nil {
			return nil, err
		}
		return h.OverridesAt(l.asker.Now()), nil
	}
	list := []query.OverrideView{}
	err := l.asker.All(ctx, func(h *query.Host) error {
		list = append(list, query.InForce(h.Report)...)
		return nil
	})
	return list, err
}

func (l *local) Patches(ctx context.Context, q query.PatchesQuestion) ([]query.FleetPatch, int, error) {
	if err := l.load(ctx); err != nil {
		return nil, 0, err
	}
	page, err := l.index.Patches(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	return page.Patches, page.Total, nil
}

func (l *local) Judging(_ context.Context, h *query.Host) (query.Judged, error) {
	return l.asker.Judging(h.Report), nil
}

func (l *local) Groups(ctx context.Context) ([]query.GroupView, error) {
	progress := l.a.Progress("reading the fleet", 0)
	defer progress.Stop()
	return l.asker.Groups(ctx)
}

func (l *local) Changes(ctx context.Context, q web.ChangesQuestion, visit func(*messages.Changed) error) error {
	return readChanges(ctx, l.asker.js, q, visit)
}

// readChanges gives the changes that are kept on a server of NATS to visit.
func readChanges(ctx context.Context, js jetstream.JetStream, q web.ChangesQuestion, visit func(*messages.Changed) error) error {
	return history.Read(ctx, js, history.From{Host: q.Host, Since: q.Since, Oldest: q.Since.IsZero()}, func(e history.Entry) error {
		if !q.Until.IsZero() && e.StoredAt.After(q.Until) {
			return history.ErrStop
		}
		return visit(e.Changed)
	})
}

// filterFlags are flags that say which hosts are meant, as the parameters of GET /hosts do.
type filterFlags struct {
	statuses, levels, groups, systems *[]string
	states, conditions                *[]string
	missing, notice, pkg, version     string
	below                             string
	olderThan, silentFor              string
	outdated                          bool
}

func addFilters(cmd *cobra.Command) *filterFlags {
	o := &filterFlags{}
	f := cmd.Flags()
	o.statuses = f.StringArray("status", nil, "only hosts of this `STATUS`, such as UNKNOWN; several with commas")
	o.conditions = addConditions(cmd, "only hosts on which this `CONDITION` stands")
	o.levels = f.StringArray("level", nil, "only hosts whose highest non-compliant `LEVEL` is this one; several with commas")
	o.groups = f.StringArray("group", nil, "only hosts of this patch `GROUP`; said again for more")
	o.systems = f.StringArray("os", nil, "only hosts that run this operating `SYSTEM`, such as UBUNTU; several with commas")
	o.states = addStates(cmd, "only hosts with a patch in this `STATE`")
	f.StringVar(&o.missing, "missing", "", "only hosts that lack this `PACKAGE` (or patch, as openssl.amd64)")
	f.StringVar(&o.notice, "notice", "", "only hosts with a patch that is not in order there and is about this update `NOTICE` or CVE")
	f.StringVar(&o.pkg, "package", "", "only hosts that have this `PACKAGE` installed")
	f.StringVar(&o.version, "package-version", "", "with --package: in exactly this `VERSION`")
	f.StringVar(&o.below, "below", "", "with --package: in a version below this `VERSION`")
	f.StringVar(&o.olderThan, "older-than", "", "only hosts whose newest complete scan is older than this `AGE`, such as 3d")
	f.StringVar(&o.silentFor, "silent-for", "", "only hosts that said nothing for this `AGE`")
	f.BoolVar(&o.outdated, "outdated", false, "only hosts that are judged by another baseline than applies by now")
	return o
}

// filter is what the flags say.
func (o *filterFlags) filter() (f query.Filter, err error) {
	states, err := parseStates(*o.states)
	if err != nil {
		return f, err
	}
	for _, s := range messages.States() {
		if states[s] {
			f.States = append(f.States, s)
		}
	}
	if f.Conditions, err = parseConditions(*o.conditions); err != nil {
		return f, err
	}
	if f.Status, err = eachOf(*o.statuses, "--status", messages.ParseStatus); err != nil {
		return f, err
	}
	if f.Levels, err = eachOf(*o.levels, "--level", messages.ParseLevel); err != nil {
		return f, err
	}
	if f.Systems, err = eachOf(*o.systems, "--os", system); err != nil {
		return f, err
	}
	if len(*o.groups) > 0 {
		f.Groups = *o.groups
	}
	f.Notice = strings.TrimSpace(o.notice)
	f.Missing, f.Package, f.Version, f.VersionBelow, f.Outdated = o.missing, o.pkg, o.version, o.below, o.outdated
	if f.Package == "" && (f.Version != "" || f.VersionBelow != "") {
		return f, usagef("--package-version and --below go with --package")
	}
	if f.ScanOlderThan, err = ageFlag("--older-than", o.olderThan); err != nil {
		return f, err
	}
	f.SilentFor, err = ageFlag("--silent-for", o.silentFor)
	return f, err
}

func ageFlag(flag, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	age, err := classify.ParseAge(text)
	if err != nil {
		return 0, usagef("%s: %w", flag, err)
	}
	return time.Duration(age), nil
}

// eachOf reads words that may be several with commas.
func eachOf[T any](given []string, flag string, parse func(string) (T, error)) (all []T, err error) {
	if len(given) == 0 {
		return nil, nil
	}
	for word := range strings.SplitSeq(strings.Join(given, ","), ",") {
		one, err := parse(strings.TrimSpace(word))
		if err != nil {
			return nil, usagef("%s: %w", flag, err)
		}
		all = append(all, one)
	}
	return all, nil
}

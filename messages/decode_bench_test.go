package messages

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"
)

// The structs as reflection decodes them from records that are lists.
type (
	plainScan struct {
		V              int               `msgpack:"v"`
		ID             string            `msgpack:"id"`
		Host           string            `msgpack:"host"`
		TakenAt        time.Time         `msgpack:"taken_at"`
		Complete       bool              `msgpack:"complete"`
		Hash           string            `msgpack:"hash"`
		OS             map[string]string `msgpack:"os"`
		Tags           map[string]string `msgpack:"tags"`
		BootedAt       time.Time         `msgpack:"booted_at"`
		BootID         string            `msgpack:"boot_id"`
		RebootRequired *bool             `msgpack:"reboot_required"`
		IndexAt        time.Time         `msgpack:"index_at"`
		Origins        []plainOrigin     `msgpack:"origins"`
		Packages       []plainPackage    `msgpack:"packages"`
	}
	plainOrigin struct {
		//lint:ignore U1000 the library reads its tag
		_msgpack   struct{} `msgpack:",as_array"`
		Archive    string
		Site       string
		Origin     string
		Label      string
		Component  string
		Codename   string
		Trusted    bool
		Date       time.Time
		ValidUntil *time.Time
	}
	plainPackage struct {
		//lint:ignore U1000 the library reads its tag
		_msgpack      struct{} `msgpack:",as_array"`
		Name          string
		Arch          string
		Installed     *string
		Versions      []plainVersion
		Candidate     string
		State         string
		Hold          bool
		KeptBack      bool
		Source        string
		SourceVersion string
		InstalledAt   *time.Time
		Advisories    []string
	}
	plainVersion struct {
		//lint:ignore U1000 the library reads its tag
		_msgpack   struct{} `msgpack:",as_array"`
		Version    string
		Priority   string
		Section    string
		Origins    []int
		Phased     *int
		Pin        int
		ReleasedAt *time.Time
		Advisories []string
	}
)

// plain returns the scan that reflection decodes, with all elements of each record, since it needs them all.
func plain(s *Scan) *plainScan {
	p := &plainScan{
		V: 1, ID: s.ID, Host: s.Host, TakenAt: s.TakenAt, Complete: s.Complete, Hash: s.Hash,
		OS:       map[string]string{"system": s.OS.System, "product": s.OS.Product, "version": s.OS.Version, "codename": s.OS.Codename, "arch": s.OS.Arch, "kernel": s.OS.Kernel},
		Tags:     s.Tags,
		BootedAt: s.BootedAt, BootID: s.BootID, RebootRequired: s.RebootRequired, IndexAt: s.IndexAt,
	}
	for _, o := range s.Origins {
		p.Origins = append(p.Origins, plainOrigin{Archive: o.Archive, Site: o.Site, Origin: o.Origin, Label: o.Label,
			Component: o.Component, Codename: o.Codename, Trusted: o.Trusted, Date: o.Date})
	}
	for _, k := range s.Packages {
		q := plainPackage{Name: k.Name, Arch: k.Arch, Installed: k.Installed, Candidate: k.Candidate, State: k.State,
			Hold: k.Hold, KeptBack: k.KeptBack, Source: k.Source, SourceVersion: k.SourceVersion}
		for _, v := range k.Versions {
			q.Versions = append(q.Versions, plainVersion{Version: v.Version, Priority: v.Priority, Section: v.Section,
				Origins: v.Origins, Phased: v.Phased, Pin: v.Pin})
		}
		p.Packages = append(p.Packages, q)
	}
	return p
}

// hostScan returns a scan of a host with that many packages, every tenth of which has a newer version.
func hostScan(packages int) *Scan {
	sections := []string{"libs", "utils", "web", "net", "admin", "python", "perl", "devel"}
	s := &Scan{
		ID: "01KAJ5W0Q4N2", Host: "web-17.example.org", TakenAt: time.Unix(1763632800, 0).UTC(), Complete: true, Hash: "7d0f3cfa51f2b3c0",
		OS:       OS{System: "UBUNTU", Product: "Ubuntu22.04", Version: "22.04", Codename: "jammy", Arch: "amd64", Kernel: "5.15.0-100-generic"},
		Tags:     map[string]string{"Patch Group": "web"},
		BootedAt: time.Unix(1761970269, 0).UTC(), BootID: "0b9c7a52-6f0e-4f6f-9b44-2f4f3f0f7a10",
		RebootRequired: new(false), IndexAt: time.Unix(1763619903, 0).UTC(),
	}
	for _, archive := range []string{"jammy", "jammy-updates", "jammy-security"} {
		s.Origins = append(s.Origins, Origin{Archive: archive, Site: "mirror.example.org", Origin: "Ubuntu", Label: "Ubuntu",
			Component: "main", Codename: "jammy", Trusted: true, Date: time.Unix(1763619903, 0).UTC()})
	}
	for i := range packages {
		installed := fmt.Sprintf("%d.%d.%d-%dubuntu1.%d", i%5, i%13, i%31, i%3, i%17)
		p := Package{
			Name: fmt.Sprintf("lib%c%05d-%s", 'a'+i*26/packages, i, sections[i%8]), Arch: "amd64", Installed: new(installed), Candidate: installed,
			State: "installed", Source: fmt.Sprintf("%s-source-%d", sections[i%8], i/3), SourceVersion: installed,
			Versions: []Version{{Version: installed, Priority: "optional", Section: sections[i%8], Origins: []int{0}, Pin: 500}},
		}
		if i%10 == 0 {
			p.Candidate = installed + ".1"
			p.Versions = append([]Version{{Version: p.Candidate, Priority: "optional", Section: sections[i%8], Origins: []int{1, 2}, Pin: 500}}, p.Versions...)
			p.Versions[1].Pin = 100
		}
		s.Packages = append(s.Packages, p)
	}
	return s
}

// plainScanPayload is a scan as both decoders can read it.
func plainScanPayload(tb testing.TB, packages int) []byte {
	var b bytes.Buffer
	enc := msgpack.NewEncoder(&b)
	enc.UseCompactInts(true)
	if err := enc.Encode(plain(hostScan(packages))); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// BenchmarkDecodeScan decodes the same bytes both ways. In "ratio" the ways take turns, so that whatever else
// the machine does falls on both: x-time is the part of reflection's time that streaming takes. "opened" is
// what a worker does, which uses the memory of a scan again for the next one.
func BenchmarkDecodeScan(b *testing.B) {
	payload := plainScanPayload(b, 2000)
	streaming := func(b *testing.B) {
		if _, err := Decode(KindScan, payload, Encoding{}); err != nil {
			b.Fatal(err)
		}
	}
	opened := func(b *testing.B) {
		o, err := OpenScan(payload, Encoding{})
		if err == nil {
			err = o.Packages()
			o.Release()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	reflection := func(b *testing.B) {
		var s plainScan
		if err := msgpack.Unmarshal(payload, &s); err != nil {
			b.Fatal(err)
		}
	}
	json, err := Encode(hostScan(2000), JSON)
	if err != nil {
		b.Fatal(err)
	}
	for _, way := range []struct {
		name   string
		size   int
		decode func(*testing.B)
	}{
		{"streaming", len(payload), streaming},
		{"opened", len(payload), opened},
		{"reflection", len(payload), reflection},
		{"streaming-json", len(json), func(b *testing.B) {
			if _, err := Decode(KindScan, json, Encoding{ContentType: "application/json"}); err != nil {
				b.Fatal(err)
			}
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(way.size))
			for b.Loop() {
				way.decode(b)
			}
		})
	}
	for name, way := range map[string]func(*testing.B){"ratio": streaming, "ratio-opened": opened} {
		b.Run(name, func(b *testing.B) {
			var took [2]time.Duration
			for b.Loop() {
				for i, decode := range []func(*testing.B){way, reflection} {
					start := time.Now()
					decode(b)
					took[i] += time.Since(start)
				}
			}
			b.ReportMetric(float64(took[0])/float64(took[1]), "x-time")
		})
	}
}

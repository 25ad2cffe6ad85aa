//go:build linux

package rpmproof

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Repositories are found in the cache, and read without a trace, however they are fetched and checked.
func TestHowARepositoryIsFetched(t *testing.T) {
	for _, c := range []struct {
		name, line string
		make       func(h *host)
	}{
		{"by a list of mirrors", "mirrorlist=file://" + reposSeen + "/mirrors-$basearch", func(h *host) {
			file := filepath.Join(h.repos, "mirrors-x86_64")
			if err := os.WriteFile(file, []byte("file://"+reposSeen+"/baseos\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"by a metalink", "metalink=file://" + reposSeen + "/metalink.xml", func(h *host) {
			repomd, err := os.ReadFile(filepath.Join(h.repos, "baseos/repodata/repomd.xml"))
			if err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf(`<?xml version="1.0"?><metalink version="3.0" xmlns="http://www.metalinker.org/"><files><file name="repomd.xml">`+
				`<size>%d</size><verification><hash type="sha256">%x</hash></verification>`+
				`<resources><url protocol="file" type="file" preference="100">file://%s/baseos/repodata/repomd.xml</url></resources></file></files></metalink>`,
				len(repomd), sha256.Sum256(repomd), reposSeen)
			if err := os.WriteFile(filepath.Join(h.repos, "metalink.xml"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"with metadata that is signed", "baseurl=file://" + reposSeen + "/baseos\nrepo_gpgcheck=1", func(h *host) {
			file := filepath.Join(h.repos, "baseos/repodata/repomd.xml")
			runWith(t, []string{"GNUPGHOME=" + filepath.Join(workDir, "gnupg")}, "gpg", "--batch", "--quiet", "--detach-sign", "--armor", file)
			run(t, "gpgconf", "--homedir", filepath.Join(workDir, "gnupg"), "--kill", "gpg-agent")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t)
			plain := h.whole()
			c.make(h)
			text := run(t, "cat", h.path("etc/yum.repos.d/baseos.repo"))
			h.write("etc/yum.repos.d/baseos.repo", strings.Replace(text, "baseurl=file://"+reposSeen+"/baseos", c.line, 1))
			h.do([]string{"dnf", "-q", "-y", "--refresh", "makecache"})
			before := h.trace()
			s := h.whole()
			diff(t, "after a scan", before, h.trace())
			for _, scan := range []*messages.Scan{plain, s} {
				for i := range scan.Origins {
					scan.Origins[i].CheckedAt, scan.Origins[i].Date = time.Time{}, time.Time{}
				}
			}
			diff(t, "origins", plain.Origins, s.Origins)
			diff(t, "packages", plain.Packages, s.Packages)
		})
	}
}

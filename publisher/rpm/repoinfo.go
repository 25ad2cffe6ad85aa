package rpm

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// dnf 4 describes a repository in lines of a key and a value, and goes on with a long value in lines without a key, where it
// knows the width of a terminal:
//
//	Repo-id            : baseos
//	Repo-name          : Rocky Linux 9 - BaseOS
//	Repo-pkgs          : 1,204
//	Repo-mirrors       : https://mirrors.example.org/mirrorlist?arch=x86_64&repo=BaseOS-9
//	Repo-baseurl       : https://one.example.org/9/BaseOS/ (9 more)
//	Repo-filename      : /etc/yum.repos.d/rocky.repo
//	Total packages: 52
//
// One that it has left out, because its metadata is not there and it may be skipped, is not described.

// described is a repository, and the file in which it is configured.
type described struct {
	repository
	file string
}

const maxRepositories = 1000

// parseRepoInfo reads repoinfo of dnf 4.
func parseRepoInfo(r io.Reader) ([]described, error) {
	var found []described
	var metalink, mirrors, base string
	lines := linesOf(r)
	end := func() {
		if n := len(found); n > 0 {
			found[n-1].url = firstOf(metalink, mirrors, base)
		}
		metalink, mirrors, base = "", "", ""
	}
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimSpace(value)
		switch key = strings.TrimSpace(key); {
		case key == "Repo-id":
			end()
			if len(found) == maxRepositories {
				return nil, fmt.Errorf("more than %d repositories are enabled", maxRepositories)
			}
			found = append(found, described{repository: repository{id: value, pkgs: -1}})
		case len(found) == 0:
		case key == "Repo-name":
			found[len(found)-1].name = value
		case key == "Repo-pkgs":
			found[len(found)-1].pkgs = count(value)
		case key == "Repo-expire":
			found[len(found)-1].never = strings.HasPrefix(value, "Never")
		case key == "Repo-filename":
			found[len(found)-1].file = value
		case key == "Repo-metalink":
			metalink = value
		case key == "Repo-mirrors":
			mirrors = value
		case key == "Repo-baseurl":
			base, _, _ = strings.Cut(value, ", ")
			base, _, _ = strings.Cut(base, " (")
		}
	}
	end()
	return found, lines.Err()
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// count reads a number whose digits may stand in groups, -1 where it is none.
func count(text string) int {
	n, err := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// parseRepoList reads the ids of dnf 4's list of enabled repositories, which it knows from the configuration alone:
//
//	repo id                                 repo name
//	baseos                                  Rocky Linux 9 - BaseOS
func parseRepoList(r io.Reader) ([]string, error) {
	var ids []string
	lines := linesOf(r)
	inside := false
	for lines.Scan() {
		line := lines.Text()
		switch id, _, _ := strings.Cut(line, " "); {
		case strings.HasPrefix(line, "repo id "):
			inside = true
		case inside && id != "":
			ids = append(ids, id)
		}
	}
	return ids, lines.Err()
}

// parseRepoJSON reads the description of repositories by dnf 5.
func parseRepoJSON(r io.Reader) ([]repository, error) {
	var list []struct {
		ID         string   `json:"id"`
		Name       string   `json:"name"`
		Enabled    bool     `json:"is_enabled"`
		BaseURL    []string `json:"base_url"`
		Metalink   string   `json:"metalink"`
		MirrorList string   `json:"mirrorlist"`
		RepoCheck  bool     `json:"repo_gpgcheck"`
		PkgCheck   bool     `json:"pkg_gpgcheck"`
		GPGCheck   bool     `json:"gpgcheck"` // of older ones
		Packages   *int     `json:"pkgs"`
		Expire     int      `json:"metadata_expire"` // seconds; -1: never
	}
	if err := json.NewDecoder(r).Decode(&list); err != nil {
		return nil, fmt.Errorf("the list of repositories: %w", err)
	}
	if len(list) > maxRepositories {
		return nil, fmt.Errorf("more than %d repositories are enabled", maxRepositories)
	}
	var repos []repository
	for _, one := range list {
		if !one.Enabled {
			continue
		}
		made := repository{id: one.ID, name: one.Name, gpgcheck: one.RepoCheck || one.PkgCheck || one.GPGCheck, pkgs: -1, never: one.Expire < 0}
		made.url = firstOf(one.Metalink, one.MirrorList, firstOf(one.BaseURL...))
		if one.Packages != nil {
			made.pkgs = *one.Packages
		}
		repos = append(repos, made)
	}
	return repos, nil
}

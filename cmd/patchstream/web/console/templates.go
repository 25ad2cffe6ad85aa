package console

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"slices"
)

//go:embed pages
var pageFiles embed.FS

// shared are the files that each page may use.
func shared() []string { return []string{"pages/layout.html", "pages/parts.html"} }

// readPages reads each page, with what all share.
func (c *console) readPages() (map[string]*template.Template, error) {
	files, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		return nil, err
	}
	pages := make(map[string]*template.Template)
	for _, file := range files {
		if slices.Contains(shared(), file) {
			continue
		}
		t, err := template.New(file).Funcs(c.functions()).ParseFS(pageFiles, append(shared(), file)...)
		if err != nil {
			return nil, fmt.Errorf("console: %w", err)
		}
		// A page is escaped when it is made for the first time: that is now, so that the first who looks does not wait for it, and what cannot
		// be escaped is found. That there is nothing to show yet is no failure.
		var unsafe *template.Error
		if err := t.ExecuteTemplate(io.Discard, "layout", nil); errors.As(err, &unsafe) {
			return nil, fmt.Errorf("console: %s: %w", file, err)
		}
		pages[path.Base(file)] = t
	}
	return pages, nil
}

// functions are those that templates may call.
func (c *console) functions() template.FuncMap {
	return template.FuncMap{
		"asset":      c.assets.address,
		"count":      count,
		"plural":     plural,
		"clock":      clock,
		"stamp":      stamp,
		"age":        age,
		"none":       isNone,
		"status":     statusChip,
		"state":      stateChip,
		"level":      levelChip,
		"condition":  conditionChip,
		"word":       word,
		"themes":     themes,
		"hostURL":    hostURL,
		"patchURL":   patchURL,
		"packageURL": packageURL,
		"baseURL":    baselineURL,
		"dict":       dict,
		"percent":    percent,

		"outstanding": outstanding,
		"counted":     countedChip,
		"knowsURL":    knowsURL,
		"versionURL":  versionURL,
		"noticeURL":   noticeURL,

		"judged":        judged,
		"countedStatus": countedStatusChip,
		"baselineHosts": baselineHosts,
		"revisionURL":   revisionURL,

		"bytes": bytesOf,
		"bound": func(n int64) string { return bytesOf(uint64(n)) },
		"done":  doneWords,

		"changesURL":  changesURL,
		"lookedWords": lookedWords,
	}
}

// dict gives a template several values: names and values in turn.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d names and values", len(pairs))
	}
	values := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, is := pairs[i].(string)
		if !is {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		values[name] = pairs[i+1]
	}
	return values, nil
}

package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// assets are what pages load. Each has a part of its own hash in its address, so that it may be kept for ever.
type assets struct {
	addresses map[string]string // by name
	files     map[string][]byte // by the last part of the address
}

func readAssets() (assets, error) {
	a := assets{make(map[string]string), make(map[string][]byte)}
	entries, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		return a, err
	}
	for _, e := range entries {
		text, err := fs.ReadFile(assetFiles, path.Join("assets", e.Name()))
		if err != nil {
			return a, err
		}
		sum := sha256.Sum256(text)
		name, extension, _ := strings.Cut(e.Name(), ".")
		file := name + "." + hex.EncodeToString(sum[:6]) + "." + extension
		a.addresses[e.Name()], a.files[file] = "/assets/"+file, text
	}
	return a, nil
}

// address is for templates.
func (a *assets) address(name string) (string, error) {
	at, has := a.addresses[name]
	if !has {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return at, nil
}

// serve answers with an asset. Nothing in it is about a host, and who is not let in yet needs it too.
func (a *assets) serve(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	text, has := a.files[file]
	if !has {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(file)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, file, time.Time{}, bytes.NewReader(text))
}

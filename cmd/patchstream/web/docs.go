package web

import (
	_ "embed"
	"net/http"
)

// docsPage shows the OpenAPI document. It needs no other site, and no library.
//
//go:embed docs.html
var docsPage []byte

func registerDocs(mux *http.ServeMux) {
	mux.HandleFunc("GET /docs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'")
		_, _ = w.Write(docsPage)
	})
}

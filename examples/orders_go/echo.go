package main

import (
	"io"
	"net/http"
)

// echo shows the request as it arrived: what service invocation keeps, and what it changes on the way.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller has left
	}
	headers := [][2]string{}
	for name, values := range r.Header {
		for _, value := range values {
			headers = append(headers, [2]string{name, value})
		}
	}
	answer(w, http.StatusOK, map[string]any{
		"method":      r.Method,
		"path":        r.URL.EscapedPath(),
		"query":       r.URL.RawQuery,
		"headers":     headers,
		"body":        string(body),
		"body_base64": body, // bytes are base64 in Go's JSON
	})
}

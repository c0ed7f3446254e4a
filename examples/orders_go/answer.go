package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
)

// observed runs each request in its trace and logs it. /echo/... passes by the routes, which would clean its path.
func observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(enterTrace(r))
		if strings.HasPrefix(r.URL.Path, "/echo/") {
			echo(w, r)
		} else {
			next.ServeHTTP(w, r)
		}
		slog.InfoContext(r.Context(), r.Method+" "+r.URL.Path)
	})
}

func answer(w http.ResponseWriter, status int, content any) {
	body, err := json.Marshal(content)
	if err != nil {
		panic(err) // only what JSON can say is answered here
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that has left is no failure; HEAD gets no body from net/http
}

func refuse(w http.ResponseWriter, status int, detail string) {
	answer(w, status, map[string]string{"detail": detail})
}

// fail answers what went wrong. A failure that is not the caller's is Dapr's, and then nothing is certain.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, errUnknown):
		refuse(w, http.StatusNotFound, err.Error())
	case errors.Is(err, errPrecondition):
		refuse(w, http.StatusPreconditionFailed, err.Error())
	case errors.Is(err, errInvalid):
		refuse(w, http.StatusUnprocessableEntity, err.Error())
	default:
		slog.ErrorContext(r.Context(), err.Error())
		refuse(w, http.StatusServiceUnavailable, "the sidecar failed; nothing is certain, try again")
	}
}

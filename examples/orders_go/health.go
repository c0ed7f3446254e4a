package main

import "net/http"

// alive is about this process alone. It does not ask the sidecar: a restart of this app would not mend that.
func alive(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"status": "alive"})
}

// ready tells whether orders can be served now. Not by /v1.0/healthz: that one waits for this app.
func ready(w http.ResponseWriter, r *http.Request) {
	_, err := call(r.Context(), "GET", "/healthz/outbound", nil)
	if err == nil {
		_, err = readState(r.Context(), "readiness", new(any))
	}
	if err != nil {
		fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]string{"status": "ready"})
}

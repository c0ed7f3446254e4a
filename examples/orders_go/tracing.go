package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
)

// trace is the W3C trace context of a request, carried on to every outgoing call (w3.org/TR/trace-context).
type trace struct{ parent, state string }

type traceKey struct{}

var traceparent = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$`)

// enterTrace continues the trace of an incoming request, or begins a new one when it names none.
func enterTrace(r *http.Request) context.Context {
	found := trace{r.Header.Get("traceparent"), strings.Join(r.Header.Values("tracestate"), ",")}
	ids := traceparent.FindStringSubmatch(found.parent)
	if ids == nil || strings.Trim(ids[1], "0") == "" || strings.Trim(ids[2], "0") == "" {
		found = trace{parent: "00-" + random(16) + "-" + random(8) + "-01"}
	}
	return context.WithValue(r.Context(), traceKey{}, found)
}

func random(size int) string {
	bytes := make([]byte, size)
	_, _ = rand.Read(bytes) // it never fails
	return hex.EncodeToString(bytes)
}

// carryTrace puts the context's trace on an outgoing request.
func carryTrace(ctx context.Context, headers http.Header) {
	current, _ := ctx.Value(traceKey{}).(trace)
	for name, value := range map[string]string{"traceparent": current.parent, "tracestate": current.state} {
		if value != "" {
			headers.Set(name, value)
		}
	}
}

// withTrace adds the trace id to every log line that belongs to a request.
type withTrace struct{ slog.Handler }

func (h withTrace) Handle(ctx context.Context, record slog.Record) error {
	if current, found := ctx.Value(traceKey{}).(trace); found {
		record.AddAttrs(slog.String("trace_id", current.parent[3:35]))
	}
	return h.Handler.Handle(ctx, record)
}

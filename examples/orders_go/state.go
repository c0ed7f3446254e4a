package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	store    = "/state/statestore"
	attempts = 16
)

// readState reads a record into value and gives its ETag; an empty one when there is no record.
func readState(ctx context.Context, key string, value any) (etag string, err error) {
	found, err := call(ctx, "GET", statePath(key), nil)
	if err != nil || found.status == http.StatusNoContent {
		return "", err
	}
	return found.etag, json.Unmarshal(found.body, value)
}

// readAll gives the records of those of the keys that are there, read in one call. Dapr answers them in any order.
func readAll[T any](ctx context.Context, keys []string) (map[string]T, error) {
	found, err := call(ctx, "POST", store+"/bulk", map[string]any{"keys": keys})
	if err != nil {
		return nil, err
	}
	var entries []struct {
		Key   string `json:"key"`
		Data  *T     `json:"data"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(found.body, &entries); err != nil {
		return nil, err
	}
	answered, records := map[string]bool{}, map[string]T{}
	for _, entry := range entries {
		answered[entry.Key] = entry.Error == ""
		if entry.Data != nil {
			records[entry.Key] = *entry.Data
		}
	}
	for _, key := range keys {
		if !answered[key] {
			return nil, fmt.Errorf("%s could not be read", key)
		}
	}
	return records, nil
}

// writeState replaces the version that has this ETag; with an empty one it creates the record.
func writeState(ctx context.Context, key string, value any, etag string) error {
	item := map[string]any{"key": key, "value": value, "options": map[string]string{"concurrency": "first-write"}}
	if etag != "" {
		item["etag"] = etag
	}
	_, err := call(ctx, "POST", store, []any{item})
	return err
}

// deleteState deletes the version that has this ETag.
func deleteState(ctx context.Context, key, etag string) error {
	_, err := call(ctx, "DELETE", statePath(key)+"?concurrency=first-write", nil, "If-Match", etag)
	return err
}

// retryConflicts runs a read-change-write again from its read when someone else was faster.
func retryConflicts(operation func() error) error {
	for attempt := range attempts {
		if err := operation(); !errors.Is(err, errConflict) {
			return err
		}
		// Exponential backoff with full jitter: the losers of one round must not meet again in the next.
		time.Sleep(time.Duration(rand.Int63n(int64(min(10*time.Millisecond<<attempt, 250*time.Millisecond)))))
	}
	return errConflict
}

// statePath escapes every `+` too, which url.PathEscape leaves alone: daprd reads it as a space.
func statePath(key string) string {
	return store + "/" + strings.ReplaceAll(url.QueryEscape(key), "+", "%20")
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// The sidecar is never behind a proxy, and answers in time or not at all.
var client = &http.Client{
	Timeout:   3 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second},
}

var base = "http://127.0.0.1:" + setting("DAPR_HTTP_PORT", "3500") + "/v1.0"

type reply struct {
	status int
	body   []byte
	etag   string
}

var errConflict = errors.New("someone else wrote the record since it was read")

// call sends one request in the trace of ctx. Every status but 2xx is an error, and so is no answer in time.
func call(ctx context.Context, method, path string, value any, headers ...string) (reply, error) {
	request, err := newRequest(ctx, method, path, value, headers)
	if err != nil {
		return reply{}, err
	}
	response, err := client.Do(request)
	if err != nil {
		return reply{}, fmt.Errorf("no answer from the sidecar: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, fmt.Errorf("half an answer from the sidecar: %w", err)
	}
	if response.StatusCode == http.StatusConflict {
		return reply{}, errConflict
	}
	if response.StatusCode/100 != 2 {
		return reply{}, fmt.Errorf("the sidecar answered %d to %s: %.200s", response.StatusCode, method, body)
	}
	return reply{response.StatusCode, body, response.Header.Get("ETag")}, nil
}

func newRequest(ctx context.Context, method, path string, value any, headers []string) (*http.Request, error) {
	var content bytes.Buffer
	if value != nil {
		if err := json.NewEncoder(&content).Encode(value); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, base+path, &content)
	if err != nil {
		return nil, err
	}
	carryTrace(ctx, request.Header)
	if value != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token := os.Getenv("DAPR_API_TOKEN"); token != "" {
		request.Header.Set("dapr-api-token", token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return request, nil
}

// publish sends a value as JSON; an error when the broker has not taken it.
func publish(ctx context.Context, topic string, value any) error {
	_, err := call(ctx, "POST", "/publish/pubsub/"+topic, value)
	return err
}

// Orders is an order service on Dapr that needs nothing but Go's standard library.
package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// main serves until it is told to stop. Nothing here waits for the sidecar: it starts when this app's port is open.
func main() {
	slog.SetDefault(slog.New(withTrace{slog.NewJSONHandler(os.Stdout, nil)}))
	server := &http.Server{
		Addr:              "127.0.0.1:" + setting("APP_PORT", "8080"),
		Handler:           observed(routes()),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       75 * time.Second, // outlasts the sidecar's pauses between deliveries
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	drained := make(chan error, 1)
	go func() {
		<-stop.Done()
		drained <- server.Shutdown(context.Background()) // what is being answered is answered
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		slog.Error(err.Error())
		os.Exit(1)
	}
	<-drained
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders", listOrders)
	mux.HandleFunc("GET /orders/{id}", showOrder)
	mux.HandleFunc("PUT /orders/{id}", putOrder)
	mux.HandleFunc("DELETE /orders/{id}", deleteOrder)
	mux.HandleFunc("POST /events/payments", onPayment)
	mux.HandleFunc("POST /events/shipments", onShipment)
	mux.HandleFunc("POST /dead-letters/payments", deadLetters("payments"))
	mux.HandleFunc("POST /dead-letters/shipments", deadLetters("shipments"))
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", ready)
	return mux
}

func setting(name, otherwise string) string {
	if value, found := os.LookupEnv(name); found {
		return value
	}
	return otherwise
}

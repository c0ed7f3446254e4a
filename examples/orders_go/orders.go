package main

import (
	"context"
	"errors"
	"slices"
)

// content is what a customer orders. Amounts are in cents.
type content struct {
	Customer string `json:"customer"`
	Amount   *whole `json:"amount"`
	Items    []item `json:"items"`
}

type item struct {
	SKU      string `json:"sku"`
	Quantity *whole `json:"quantity"`
}

// entry is a payment or a shipment, with what tells its event from every other.
type entry struct {
	ID      string `json:"id"`
	Event   string `json:"event,omitempty"`
	Amount  *whole `json:"amount,omitempty"`
	Carrier string `json:"carrier,omitempty"`
}

// order is one state record, changed only from the version that was read.
type order struct {
	content
	Payments  []entry `json:"payments"`
	Shipments []entry `json:"shipments"`
}

var (
	errUnknown      = errors.New("there is no such order")
	errPrecondition = errors.New("the order has changed; read it again")
	errInvalid      = errors.New("this can never be processed")
)

// put stores an order and announces it. If that fails the caller puts again: orders.saved is published at least once,
// and never for an order that was not stored.
func put(ctx context.Context, id string, given content, match etags) (stored order, created bool, err error) {
	err = retryConflicts(func() error {
		stored = order{Payments: []entry{}, Shipments: []entry{}}
		etag, err := readState(ctx, key(id), &stored)
		if err != nil {
			return err
		}
		if !match.allow(etag) {
			return errPrecondition
		}
		stored.content, created = given, etag == ""
		return writeState(ctx, key(id), stored, etag)
	})
	if err == nil {
		err = publish(ctx, "orders.saved", saved{id, given})
	}
	return stored, created, err
}

type saved struct {
	OrderID string `json:"orderId"`
	content
}

// get gives an order with its ETag, or errUnknown.
func get(ctx context.Context, id string) (found order, etag string, err error) {
	etag, err = readState(ctx, key(id), &found)
	if err == nil && etag == "" {
		err = errUnknown
	}
	return found, etag, err
}

// change writes what a function makes of an order, or nothing where that says false.
func change(ctx context.Context, id string, changed func(*order) bool) error {
	return retryConflicts(func() error {
		found, etag, err := get(ctx, id)
		if err != nil || !changed(&found) {
			return err
		}
		return writeState(ctx, key(id), found, etag)
	})
}

// remove deletes an order.
func remove(ctx context.Context, id string, match etags) error {
	return retryConflicts(func() error {
		_, etag, err := get(ctx, id)
		if err != nil {
			return err
		}
		if !match.allow(etag) {
			return errPrecondition
		}
		return deleteState(ctx, key(id), etag)
	})
}

// add appends an entry, unless it or its event is there already: Dapr delivers at least once.
func add(entries *[]entry, added entry) bool {
	same := func(old entry) bool { return old.ID == added.ID || old.Event != "" && old.Event == added.Event }
	if slices.ContainsFunc(*entries, same) {
		return false
	}
	*entries = append(*entries, added)
	return true
}

func key(id string) string {
	return "order-" + id
}

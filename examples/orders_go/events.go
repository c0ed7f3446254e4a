package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"unicode/utf8"
)

const longestID = 128

// onPayment records a payment in its order.
func onPayment(w http.ResponseWriter, r *http.Request) {
	var paid struct {
		OrderID   string `json:"orderId"`
		PaymentID string `json:"paymentId"`
		Amount    *whole `json:"amount"`
	}
	event, err := readEvent(r, &paid)
	if err == nil && !(isID(paid.OrderID) && isText(paid.PaymentID, longestID) && paid.Amount.valid()) {
		err = errInvalid
	}
	if err == nil {
		added := entry{ID: paid.PaymentID, Event: event, Amount: paid.Amount}
		err = change(r.Context(), paid.OrderID, func(o *order) bool { return add(&o.Payments, added) })
	}
	tell(w, r, err)
}

// onShipment records a shipment in its order.
func onShipment(w http.ResponseWriter, r *http.Request) {
	var sent struct {
		OrderID    string `json:"orderId"`
		ShipmentID string `json:"shipmentId"`
		Carrier    string `json:"carrier"`
	}
	event, err := readEvent(r, &sent)
	if err == nil && !(isID(sent.OrderID) && isText(sent.ShipmentID, longestID) && isText(sent.Carrier, 128)) {
		err = errInvalid
	}
	if err == nil {
		added := entry{ID: sent.ShipmentID, Event: event, Carrier: sent.Carrier}
		err = change(r.Context(), sent.OrderID, func(o *order) bool { return add(&o.Shipments, added) })
	}
	tell(w, r, err)
}

// deadLetters keeps events that could not be processed, as they came, for a person to look at.
func deadLetters(topic string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = keep(r, topic, body)
		}
		tell(w, r, err)
	}
}

func keep(r *http.Request, topic string, body []byte) error {
	digest := sha256.Sum256(body)
	key, letter := "dead-"+topic+"-"+hex.EncodeToString(digest[:]), map[string]any{"topic": topic}
	if utf8.Valid(body) {
		letter["envelope"] = string(body)
	} else {
		letter["envelope_base64"] = body
	}
	return retryConflicts(func() error {
		etag, err := readState(r.Context(), key, new(any))
		if err != nil || etag != "" {
			return err
		}
		return writeState(r.Context(), key, letter, "")
	})
}

// readEvent reads the data of a CloudEvent, and gives what tells the event from every other: source and id together.
func readEvent(r *http.Request, data any) (identity string, err error) {
	var event struct {
		ID         string          `json:"id"`
		Source     string          `json:"source"`
		Data       json.RawMessage `json:"data"`
		DataBase64 []byte          `json:"data_base64"` // raw payloads
	}
	if err := decode(r.Body, &event); err != nil {
		return "", err
	}
	if event.ID != "" {
		identity = event.Source + " " + event.ID
	}
	if event.DataBase64 != nil {
		event.Data = event.DataBase64
	}
	return identity, decodeBytes(event.Data, data)
}

// tell answers SUCCESS after the work is stored, DROP for what can never be processed, RETRY for what may be later:
// the sidecar may have failed, or the event may have come before its order.
func tell(w http.ResponseWriter, r *http.Request, err error) {
	status := "SUCCESS"
	if errors.Is(err, errInvalid) {
		status = "DROP"
	} else if err != nil {
		status = "RETRY"
	}
	if err != nil {
		slog.WarnContext(r.Context(), r.URL.Path+": "+err.Error())
	}
	answer(w, http.StatusOK, map[string]string{"status": status})
}

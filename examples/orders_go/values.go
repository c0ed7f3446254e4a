package main

import (
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"unicode/utf8"
)

// whole is a whole number that JSON holds exactly (RFC 8259, section 6); nil is one that was not given.
type whole uint64

func (n *whole) valid() bool {
	return n != nil && *n < 1<<53
}

func (c content) valid() bool {
	invalid := func(i item) bool { return !isText(i.SKU, 64) || !i.Quantity.valid() }
	return isText(c.Customer, 200) && c.Amount.valid() && c.Items != nil && len(c.Items) <= 20 &&
		!slices.ContainsFunc(c.Items, invalid)
}

var orderID = regexp.MustCompile(`^[0-9A-Za-zÀ-ɏ][0-9A-Za-zÀ-ɏ_.~+ -]{0,63}$`)

func isID(text string) bool {
	return orderID.MatchString(text)
}

func isText(text string, longest int) bool {
	return text != "" && utf8.RuneCountInString(text) <= longest
}

// decode reads JSON; errInvalid for what is none. Go itself would replace what is not UTF-8.
func decode(from io.Reader, into any) error {
	body, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	return decodeBytes(body, into)
}

func decodeBytes(body []byte, into any) error {
	if !utf8.Valid(body) || json.Unmarshal(body, into) != nil {
		return errInvalid
	}
	return nil
}

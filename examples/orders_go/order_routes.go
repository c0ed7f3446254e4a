package main

import (
	"net/http"
	"slices"
	"strings"
)

const mostOrders = 200 // in one bulk read

// view is an order as callers see it.
type view struct {
	ID string `json:"id"`
	order
}

// putOrder creates an order (201) or replaces it (200), keeping its payments and shipments.
func putOrder(w http.ResponseWriter, r *http.Request) {
	id, given := r.PathValue("id"), content{Items: []item{}}
	if err := decode(r.Body, &given); err != nil || !isID(id) || !given.valid() {
		fail(w, r, errInvalid)
		return
	}
	stored, created, err := put(r.Context(), id, given, ifMatch(r))
	if err != nil {
		fail(w, r, err)
		return
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	answer(w, status, view{id, stored})
}

// showOrder shows an order, with its version in the ETag header.
func showOrder(w http.ResponseWriter, r *http.Request) {
	found, etag, err := get(r.Context(), r.PathValue("id"))
	if err != nil {
		fail(w, r, err)
		return
	}
	w.Header().Set("ETag", `"`+etag+`"`)
	answer(w, http.StatusOK, view{r.PathValue("id"), found})
}

// listOrders shows the orders with these ids, such as ?ids=1,2; those that there are not are left out.
func listOrders(w http.ResponseWriter, r *http.Request) {
	ids := strings.Split(r.URL.Query().Get("ids"), ",")
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > mostOrders || slices.ContainsFunc(ids, func(id string) bool { return !isID(id) }) {
		fail(w, r, errInvalid)
		return
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = key(id)
	}
	found, err := readAll[order](r.Context(), keys)
	if err != nil {
		fail(w, r, err)
		return
	}
	views := []view{}
	for _, id := range ids {
		if one, there := found[key(id)]; there {
			views = append(views, view{id, one})
		}
	}
	answer(w, http.StatusOK, views)
}

// deleteOrder deletes an order.
func deleteOrder(w http.ResponseWriter, r *http.Request) {
	if err := remove(r.Context(), r.PathValue("id"), ifMatch(r)); err != nil {
		fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// etags are what a caller names in If-Match (RFC 9110, section 13.1.1).
type etags []string

func ifMatch(r *http.Request) (named etags) {
	for _, line := range r.Header.Values("If-Match") {
		for _, etag := range strings.Split(line, ",") {
			named = append(named, strings.Trim(strings.TrimSpace(etag), `"`))
		}
	}
	return named
}

// allow tells whether the version with this ETag, empty where there is none, may be changed.
func (named etags) allow(etag string) bool {
	return named == nil || etag != "" && (slices.Contains(named, "*") || slices.Contains(named, etag))
}

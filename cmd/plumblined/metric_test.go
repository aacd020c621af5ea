package main

import (
	"bufio"
	"crypto/tls"
	"net/http"
	"testing"
)

// get asks a daemon for a page, whoever signed its certificate.
func get(t testing.TB, url string) *http.Response {
	t.Helper()
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	resp, err := h.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func metricLines(t testing.TB, d *daemon) []string {
	t.Helper()
	resp := get(t, d.url+"/metrics")
	defer resp.Body.Close()
	var out []string
	for s := bufio.NewScanner(resp.Body); s.Scan(); {
		out = append(out, s.Text())
	}
	return out
}

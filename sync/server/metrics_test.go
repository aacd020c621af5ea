package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"plumbline/sync/synctest"
)

func TestOnlyThisMachineSeesTheCounters(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	ask := func(header http.Header) (int, string) {
		t.Helper()
		h := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		q, err := http.NewRequest(http.MethodGet, o.URL+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != nil {
			q.Header = header
		}
		r, err := h.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(b)
	}
	if code, body := ask(nil); code != http.StatusOK || !strings.Contains(body, "plumbline_feed_position") {
		t.Errorf("from here: %d, %q", code, body)
	}
	for name, header := range map[string]http.Header{
		"nginx": {"X-Forwarded-For": {"203.0.113.9"}}, "a gateway of RFC 7239": {"Forwarded": {"for=203.0.113.9"}},
	} {
		if code, body := ask(header); code != http.StatusNotFound || strings.Contains(body, "feed_position") {
			t.Errorf("passed on by %s: %d, %q", name, code, body)
		}
	}
}

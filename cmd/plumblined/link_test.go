package main

import (
	"strings"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/sync/synctest"
)

// eventually waits for something that another process does.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for range 600 {
		if f() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never came: %s", what)
}

func TestAProvinceProcessPullsFromACountyProcess(t *testing.T) {
	county := start(t, t.TempDir(), "--listen", "127.0.0.1:0", "--tls")
	folder := t.TempDir()
	province := start(t, folder, "--listen", "127.0.0.1:0", "--link-every", "1s", "--link-originals")
	l := synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(county.url, county.code())
	l.Register()
	id := l.Plan(1)
	e := l.Attach(id, "k1", synctest.Picture(1, 90_000), synctest.Picture(2, 500))
	l.Sync()

	c, out, errs := said(t, "enrol", "--above", "--data", county.folder, "--name", "province")
	if c != 0 {
		t.Fatalf("enrol --above: exit %d, %s%s", c, out, errs)
	}
	code := strings.TrimSpace(out)
	if c, out, errs := said(t, "link", "add", "--data", folder, "--server", county.url, "--code", code); c != 0 || !strings.Contains(out, county.url) {
		t.Fatalf("link add: exit %d, %s%s", c, out, errs)
	}
	if c, _, errs := said(t, "link", "add", "--data", folder, "--server", county.url, "--code", code); c != 1 || !strings.Contains(errs, "used") {
		t.Errorf("the code once more: exit %d, %s", c, errs)
	}
	// Another program on the province's folder sees what the running one pulls.
	house := synctest.OpenLaptop(t, folder)
	eventually(t, "the county's inspection and photo", func() bool {
		_, err := house.Store.Inspection(ctx, id)
		return err == nil && house.Files.Has(e.Digest) && house.Files.Has(e.Small)
	})
	metrics := func(name string) string {
		for _, line := range metricLines(t, province) {
			if strings.HasPrefix(line, name+"{") {
				return line[strings.LastIndexByte(line, ' ')+1:]
			}
		}
		return "none"
	}
	eventually(t, "the metrics", func() bool {
		return metrics("plumbline_link_problem") == "0" && metrics("plumbline_link_behind_entries") == "0" && metrics("plumbline_link_contact_seconds") > "1"
	})
	if _, out, _ := said(t, "devices", "--data", county.folder); !strings.Contains(out, "province") || !strings.Contains(out, "reads everything") {
		t.Errorf("the county's devices:\n%s", out)
	}
	device := string(house.Store.Self().Device)
	if c, out, errs := said(t, "revoke", "--data", county.folder, device); c != 0 {
		t.Fatalf("revoke: exit %d, %s%s", c, out, errs)
	}
	eventually(t, "the end of access", func() bool { return metrics("plumbline_link_problem") == "1" })
	if _, out, _ := said(t, "link", "list", "--data", folder); !strings.Contains(out, county.url) || strings.Count(out, "\n") < 3 {
		t.Errorf("link list:\n%s", out)
	}
	// The province is killed and comes back with what it had.
	province.kill()
	province = start(t, folder, "--listen", "127.0.0.1:0", "--link-every", "1s")
	if _, err := house.Store.Inspection(ctx, id); err != nil {
		t.Errorf("after a kill: %v", err)
	}
	if c, out, errs := said(t, "link", "remove", "--data", folder, county.url); c != 0 {
		t.Errorf("link remove: exit %d, %s%s", c, out, errs)
	}
	if c, _, errs := said(t, "link", "remove", "--data", folder, county.url); c != 1 || !strings.Contains(errs, "There is no link") {
		t.Errorf("link remove again: exit %d, %s", c, errs)
	}
	if _, out, _ := said(t, "link", "list", "--data", folder); strings.Contains(out, county.url) {
		t.Errorf("link list after remove:\n%s", out)
	}
	if _, err := house.Store.Inspection(ctx, id); record.CodeOf(err) != "" {
		t.Errorf("what came went with the link: %v", err)
	}
}

func TestWrongUseOfLinksIsExplained(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"link"}, `no verb "link"`},
		{[]string{"link", "dance"}, `no verb "link dance"`},
		{[]string{"link", "add", "--data", "x", "--server", "y"}, "--server and --code are needed"},
		{[]string{"link", "remove", "--data", "x"}, "name the address"},
		{[]string{"enrol", "--data", "x", "--above", "--authority", "990101"}, "neither --authority nor --device"},
		{[]string{"--data", "x", "--link-every", "1ms"}, "--link-every"},
	} {
		if code, out, errs := said(t, c.args...); code != 2 || !strings.Contains(errs, c.says) {
			t.Errorf("%v: exit %d, want 2; want %q in:\n%s%s", c.args, code, c.says, out, errs)
		}
	}
}

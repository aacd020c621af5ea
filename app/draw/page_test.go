package draw

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// chromium finds a browser of that family; Debian's wrapper script needs a home.
func chromium(t *testing.T) string {
	for _, name := range []string{"/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium is installed; `go run ./cmd/dev test` installs one")
	return ""
}

// verdict opens the page of a draw in a real browser and gives what it says:
// good, bad or warn, and the sentences.
func verdict(t *testing.T, browser string, f File, ask url.Values) (verdict, page string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "draw.html")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.WritePage(out); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--virtual-time-budget=60000", "--dump-dom", "file://"+path+"#"+ask.Encode())
	dom, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v", browser, err)
	}
	_, rest, _ := strings.Cut(string(dom), `data-verdict="`)
	verdict, _, _ = strings.Cut(rest, `"`)
	return verdict, string(dom)
}

// Anybody can run a published draw again in a browser, with the browser's own
// digests and, where it has none (a page over plain HTTP), with the page's.
func TestTheBrowserDrawsTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and one goroutine: the race detector has nothing to find here")
	}
	browser := chromium(t)
	whole := example(t).Draws[1]
	code := whole.Commitment.Code()
	for name, c := range map[string]struct {
		change func(f *File)
		ask    url.Values
		want   string
		says   string
	}{
		"whole":               {nil, url.Values{"code": {code}, "lang": {"zh"}}, "good", "抽取属实"},
		"with its own digest": {nil, url.Values{"code": {strings.ToUpper(code)}, "crypto": {"own"}, "lang": {"en"}}, "good", "The draw holds"},
		"without the code":    {nil, url.Values{"lang": {"en"}}, "warn", "Code not compared"},
		"another code":        {nil, url.Values{"code": {"0000"}, "lang": {"en"}}, "bad", "Another code"},
		"a name":              {func(f *File) { f.Targets = strings.Replace(f.Targets, "第3协会", "第三协会</script>", 1) }, url.Values{"code": {code}, "lang": {"en"}}, "bad", "not those that were promised"},
		"a team":              {func(f *File) { f.Result[0].Team = []string{"person_1", "person_1"} }, url.Values{"code": {code}, "lang": {"en"}}, "bad", "The team of"},
		"a replacement":       {func(f *File) { f.Replacements[0].By = "org_x" }, url.Values{"code": {code}, "lang": {"en"}}, "bad", "Replacement 1"},
	} {
		f := example(t).Draws[1]
		if c.change != nil {
			c.change(&f)
		}
		if got, page := verdict(t, browser, f, c.ask); got != c.want || !strings.Contains(page, c.says) {
			t.Errorf("%s: the page says %q, want %q with %q", name, got, c.want, c.says)
		}
	}
}

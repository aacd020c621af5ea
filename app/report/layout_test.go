package report

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// verify makes pages again and compares bytes. Where the same records make other
// bytes than before, an older document would be called forged: Layout must tell
// the two apart.
func TestTheSameRecordsMakeTheSameBytesAsLongAsTheLayoutStays(t *testing.T) {
	sum := sha256.New()
	for _, kind := range []string{"inspection-record", "evidence-list", "photo-sheet", "findings-report"} {
		for _, language := range []Language{Chinese, English, Both} {
			sum.Write(made(t, kind, sampleOf(kind, language)).PDF)
		}
	}
	now := fmt.Sprintf("%d %x", Layout, sum.Sum(nil))
	path := filepath.Join("testdata", "layout.txt")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if was := strings.TrimSpace(string(b)); was != now {
		t.Errorf("%s says %q, now it is %q: raise Layout by one if documents of the last release look otherwise, and put the new line there", path, was, now)
	}
}

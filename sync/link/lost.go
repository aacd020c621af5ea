package link

import (
	"context"
	"encoding/hex"
	"strings"

	"plumbline/app/blob"
	"plumbline/app/record"
)

// lookForFiles takes back, once in the life of the program, that files are here
// which are not: after a restore, the database and the files may be of different
// days. Laptops are asked for theirs anyhow; those from below are then fetched again.
func (l *Links) lookForFiles(ctx context.Context) error {
	l.found.Lock()
	defer l.found.Unlock()
	if l.looked {
		return nil
	}
	list, err := l.Store.Links(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	// Eight bytes of each digest are enough to know which to ask for by name.
	here := map[string]bool{}
	err = l.Files.List(ctx, func(h blob.Held) error {
		if !h.Part {
			here[short(h.Digest)] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	const page = 10_000
	for after := record.Hash(""); ; {
		files, err := l.Store.FilesHere(ctx, after, page)
		if err != nil {
			return err
		}
		for _, f := range files {
			if after = f.Digest; here[short(f.Digest)] {
				continue
			}
			if _, err = l.Files.Size(f.Digest); record.CodeOf(err) == record.NotFound {
				err = l.Store.LostFile(ctx, f.Digest)
			}
			if err != nil {
				return err
			}
		}
		if len(files) < page {
			l.looked = true
			return nil
		}
	}
}

func short(d record.Hash) string {
	_, digits, _ := strings.Cut(string(d), ":")
	b, _ := hex.DecodeString(digits[:min(16, len(digits))])
	return string(b)
}

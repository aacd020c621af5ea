package s3_test

import (
	"testing"

	"plumbline/app/blob"
	"plumbline/app/blob/blobtest"
	"plumbline/sync/s3/s3test"
)

func TestABucketIsAStoreOfFiles(t *testing.T) {
	blobtest.Run(t, func(t testing.TB) blobtest.Place {
		s := s3test.Start(t)
		return blobtest.Place{Open: func() blob.Store { return s.Open() }, Raw: s.Raw, Write: s.Change}
	})
}

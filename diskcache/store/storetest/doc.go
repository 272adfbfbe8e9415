// Package storetest has the tests that every store.Store must pass:
//
//	func TestBucket(t *testing.T) {
//		storetest.Run(t, func() store.Store { return bucket.New(t.TempDir()) })
//	}
package storetest

// Package storetest is the suite that each backend of package store passes.
//
// A backend's test is a few lines:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store { return open(t) })
//	}
//
// The suite has the sentences of store's interface as cases, and a state machine
// of random batches with memstore as the model. Every case ends with Check.
package storetest

// Package memstore is a store in memory: the model that other backends are
// compared with, and a quick store for tests of what stands on one.
//
// It is as simple as can be. A state is a value that is never changed; a batch
// copies what it touches and, when all went well, the copy becomes the state.
// Nothing is indexed; reads sort and walk.
//
// It is severe where a real backend is only dangerous: what a visitor was lent is
// overwritten when the visitor returns.
package memstore

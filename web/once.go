package web

import (
	"crypto/sha256"
	"sync"
	"time"

	"almanac/store"
)

// waiting keeps what an account has begun and somebody with the token may finish
// once: a profile to be fetched by a phone, a login that was granted and is not
// yet picked up. It is in memory, by the token's digest, and bounded for each
// account: the oldest goes first.
type waiting[T any] struct {
	life time.Duration
	most int // for each account

	mu    sync.Mutex
	items map[[sha256.Size]byte]*waitingItem[T]
	homes map[store.HomeID][][sha256.Size]byte // oldest first
}

type waitingItem[T any] struct {
	home  store.HomeID
	until time.Time
	value T
}

func newWaiting[T any](life time.Duration, most int) *waiting[T] {
	return &waiting[T]{life: life, most: most,
		items: map[[sha256.Size]byte]*waitingItem[T]{}, homes: map[store.HomeID][][sha256.Size]byte{}}
}

// add keeps a value under a token's digest, in place of one that is there: what two
// accounts have granted is the later one's.
func (w *waiting[T]) add(digest [sha256.Size]byte, home store.HomeID, value T, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop(now)
	w.remove(digest)
	for len(w.homes[home]) >= w.most {
		w.remove(w.homes[home][0])
	}
	w.items[digest] = &waitingItem[T]{home, now.Add(w.life), value}
	w.homes[home] = append(w.homes[home], digest)
}

// look returns the value of a token without using it up.
func (w *waiting[T]) look(digest [sha256.Size]byte, now time.Time) (value T, home store.HomeID, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.find(digest, now)
}

// use hands the value of a token to fn, once. When fn fails, the token can be used
// again, as long as it could before. While fn runs nobody else has the value.
func (w *waiting[T]) use(digest [sha256.Size]byte, now time.Time, fn func(value T, home store.HomeID) error) (ok bool, err error) {
	w.mu.Lock()
	value, home, ok := w.find(digest, now)
	item := w.items[digest]
	w.remove(digest)
	w.mu.Unlock()
	if !ok {
		return false, nil
	}
	if err = fn(value, home); err == nil {
		return true, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.items[digest] == nil && len(w.homes[home]) < w.most {
		w.items[digest] = item
		w.homes[home] = append(w.homes[home], digest)
	}
	return true, err
}

func (w *waiting[T]) find(digest [sha256.Size]byte, now time.Time) (value T, home store.HomeID, ok bool) {
	item := w.items[digest]
	if item == nil || !now.Before(item.until) {
		return value, 0, false
	}
	return item.value, item.home, true
}

// drop removes what is over. Few things wait at a time.
func (w *waiting[T]) drop(now time.Time) {
	for digest, item := range w.items {
		if !now.Before(item.until) {
			w.remove(digest)
		}
	}
}

func (w *waiting[T]) remove(digest [sha256.Size]byte) {
	item := w.items[digest]
	if item == nil {
		return
	}
	delete(w.items, digest)
	list := w.homes[item.home]
	kept := list[:0]
	for _, d := range list {
		if d != digest {
			kept = append(kept, d)
		}
	}
	if len(kept) == 0 {
		delete(w.homes, item.home)
		return
	}
	w.homes[item.home] = kept
}

// digestOf is what is kept of a token.
func digestOf(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

package account

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestRun: uses and sign-ins are written seconds after they were noted, failures at
// most once a minute, and the rest when the server ends.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		_, secret := s.add(AppPassword{Label: "phone"})
		before := len(s.events(AuditFilter{}))
		ctx, stop := context.WithCancel(t.Context())
		began := time.Now()
		done := make(chan struct{})
		go func() {
			s.auth.Run(ctx, func() time.Time { return noon.Add(time.Since(began)) })
			close(done)
		}()
		told := func(what string, want int) {
			t.Helper()
			synctest.Wait()
			if got := len(s.events(AuditFilter{})) - before; got != want {
				t.Errorf("%s: %d entries, want %d", what, got, want)
			}
		}
		if err := s.try("ann", secret, "192.0.2.1", 0); err != nil {
			t.Error(err)
		}
		s.try("ann", "wrong", "192.0.2.1", 0)
		told("at once", 0)
		time.Sleep(3 * time.Second)
		told("after seconds", 2)
		if s.labelled("phone").LastUsed.IsZero() {
			t.Error("the use was not written")
		}
		s.try("ann", "wrong again", "192.0.2.1", 4*time.Second)
		time.Sleep(10 * time.Second)
		told("a second failure, within the minute", 2)
		time.Sleep(2 * time.Minute)
		told("after it", 3)
		s.try("ann", "wrong at last", "192.0.2.1", 3*time.Minute)
		stop()
		<-done
		told("at the end", 4)
	})
}

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/cmd/almanac/control"
	"almanac/dav"
	"almanac/publish"
	"almanac/store"
	"almanac/store/boltstore"
	"almanac/web"
)

// drainTimeout is how long requests under way may take once the server shall stop.
const drainTimeout = 30 * time.Second

func serveCommand(env *Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve [--listen HOST:PORT] [--tls-cert FILE --tls-key FILE | --acme-domain NAME]",
		Short: "Serve CalDAV and CardDAV until SIGTERM or Ctrl-C",
		Long: `Serve CalDAV and CardDAV until SIGTERM or Ctrl-C; then finish the requests under
way, for at most 30 seconds, and exit with 0. GET /healthz answers 200 while the
server takes requests.

Each flag can also be set in the environment or in a configuration file; see
"almanac config --help".`,
		Args: exactArgs(0),
		RunE: env.here(func(cmd *cobra.Command, _ []string) error {
			s, _, err := newResolver(cmd, env).resolve()
			if err != nil {
				return &usageError{cmd, err}
			}
			env.Data, env.serving = s.Data, s
			return serve(env, s)
		}),
	}
	addSettingFlags(cmd)
	return cmd
}

// serve opens the store, answers requests and commands until env.Ctx ends, and
// puts everything away again.
func serve(env *Env, s *Settings) (err error) {
	log := newLogger(env, s)
	if err := makeDataFolder(s.Data); err != nil {
		return err
	}
	st, err := boltstore.Open(env.databasePath(), boltstore.Options{HistoryKeep: s.HistoryKeep})
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w: is a server running already?", err)
	}
	if err != nil {
		return err
	}
	defer func() {
		if e := st.Close(); e != nil {
			err = errors.Join(err, fmt.Errorf("close %s: %w", env.databasePath(), e))
		}
	}()
	if err := account.SetDefaultPlan(env.Ctx, st, s.DefaultPlan, env.by(), env.Now()); err != nil {
		return fmt.Errorf("default-plan: %w", explainPlan(err))
	}
	directory, err := s.directory()
	if err != nil {
		return err
	}
	auth, err := account.New(st, account.Options{Random: env.Random, Directory: directory, Log: log})
	if err != nil {
		return err
	}
	env.auth = auth

	provider, err := identityProvider(s)
	if err != nil {
		return err
	}
	reminders := newReminders(st, s, env, log)
	sealer, err := linkSealer(env.Ctx, st, env)
	if err != nil {
		return err
	}
	outbox, pusher, err := newOutbox(env.Ctx, st, s, env, reminders, sealer, log)
	if err != nil {
		return err
	}
	reminders.Outbox, env.outbox = outbox, outbox

	pages, err := web.New(web.Config{Provider: provider, Store: st, Auth: auth, Log: log, Now: env.Now, Random: env.Random, PublicURL: s.PublicURL,
		Certificate: func() (*tls.Certificate, error) { return signingPair(s) }, Principal: dav.PrincipalPath,
		Reminders: reminders, Links: sealer, Senders: outbox.Senders, PushKey: pusher.PublicKey(), Written: outbox.Kick})
	if err != nil {
		return err
	}
	env.pages = pages

	// What runs beside the web server ends after it, and before the store.
	background, stopBackground := context.WithCancel(context.WithoutCancel(env.Ctx))
	var group sync.WaitGroup
	defer group.Wait()
	defer stopBackground()
	socket, err := control.Listen(s.Data)
	if err != nil {
		return err
	}
	group.Go(func() {
		if err := control.Serve(background, socket, env.runLive(st)); err != nil {
			log.Error("commands for this server fail from now on", "error", err)
		}
	})
	group.Go(func() { auth.Run(background, env.Now) })
	group.Go(func() { expireHourly(background, st, s.AuditKeep, env.Now, log) })
	group.Go(func() { outbox.Run(background) })
	group.Go(func() { reminders.Run(background) })

	handler := dav.New(dav.Config{Store: st, Auth: auth, Log: log, Now: env.Now, Prefix: prefixOf(s),
		MaxObject: s.MaxObjectSize, MaxBody: s.MaxBody, SeriesCache: s.SeriesCache, TextIndex: s.TextIndex, Page: placeShower(pages)})
	gate, err := account.NewLinkGate(env.Random, account.DefaultThrottle)
	if err != nil {
		return err
	}
	links := publish.New(publish.Config{Store: st, Gate: gate, Log: log, Now: env.Now, Prefix: prefixOf(s)})
	front := newFront(rooms(links, pages.Before(handler)), s, log)
	ends, err := listen(env.Ctx, s, front, log)
	if err != nil {
		return err
	}
	return ends.serve(env.Ctx, front, log)
}

// rooms leads each request to the handler that it is for.
func rooms(links *publish.Server, rest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if links.Owns(r) {
			links.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
}

// identityProvider is where people sign in to the pages beside passwords; nil for
// nowhere.
func identityProvider(s *Settings) (*web.IdentityProvider, error) {
	at, err := url.Parse(addressesFor(s).urls[0])
	if err != nil {
		return nil, err
	}
	p, err := s.provider(web.OIDCReturn(web.ParseAddress(at)))
	if err != nil || p == nil {
		return nil, err
	}
	name := s.OIDC.Issuer
	if u, err := url.Parse(name); err == nil {
		name = u.Host
	}
	return &web.IdentityProvider{Provider: p, Name: name, Admission: s.admission()}, nil
}

// placeShower lets the pages show what DAV knows of an address.
func placeShower(pages *web.Server) func(http.ResponseWriter, *http.Request, *dav.Page) {
	return func(w http.ResponseWriter, r *http.Request, p *dav.Page) {
		place := web.Place{User: p.User, What: string(p.What), Name: p.Name}
		for _, c := range p.Collections {
			place.Kept = append(place.Kept, web.Kept(c))
		}
		pages.ShowPlace(w, r, place)
	}
}

func prefixOf(s *Settings) string {
	if s.PublicURL == nil {
		return ""
	}
	return s.PublicURL.EscapedPath()
}

// expireHourly removes what has been in the history and in the audit log long
// enough, what was said of collections that went with it, and app passwords that
// ended.
func expireHourly(ctx context.Context, st store.Store, auditKeep time.Duration, now func() time.Time, log *slog.Logger) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := st.Expire(ctx, now()); err != nil && ctx.Err() == nil {
			log.Error("old history could not be removed", "error", err)
		}
		err := errors.Join(account.RemoveLeftovers(ctx, st, now()), account.ExpireAppPasswords(ctx, st, now()), account.ExpireAudit(ctx, st, now().Add(-auditKeep)))
		if err != nil && ctx.Err() == nil {
			log.Error("what ended could not be removed", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// An end is one listening socket with what answers there.
type end struct {
	ln     net.Listener
	server *http.Server
	url    string
}

// Ends are the listening sockets of one server.
type ends []end

// serve answers requests until ctx ends, then drains. An end that breaks ends
// them all.
func (es ends) serve(ctx context.Context, f *front, log *slog.Logger) error {
	broken := make(chan error, len(es))
	for _, e := range es {
		log.Info("serving", "url", e.url)
		go func() {
			if err := e.server.Serve(e.ln); !errors.Is(err, http.ErrServerClosed) {
				broken <- fmt.Errorf("serve on %s: %w", e.ln.Addr(), err)
			}
		}()
	}
	f.ready.Store(true)
	var failure error
	select {
	case <-ctx.Done():
	case failure = <-broken:
	}
	f.ready.Store(false)
	log.Info("finishing the requests under way", "at most", drainTimeout)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	for _, e := range es {
		if err := e.server.Shutdown(drain); err != nil {
			log.Warn("requests were cut off", "error", err)
			e.server.Close()
		}
	}
	log.Info("stopped")
	return failure
}

func newLogger(env *Env, s *Settings) *slog.Logger {
	var level slog.Level
	// The setting has checked the name.
	_ = level.UnmarshalText([]byte(s.LogLevel))
	opt := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(env.Stderr, opt))
	}
	return slog.New(slog.NewTextHandler(env.Stderr, opt))
}

// acmeCache is the folder of certificates in the data folder.
func acmeCache(s *Settings) string { return filepath.Join(s.Data, "acme") }

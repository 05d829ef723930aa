package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/cmd/almanac/control"
	"almanac/notify"
	"almanac/store"
	"almanac/store/boltstore"
	"almanac/web"
)

// An Env is all that a command acts on. Standard input and output, the files of
// the command line (Open and Create) and the terminal are those of whoever
// typed the command, which may be another process: a command never uses package
// os for them.
type Env struct {
	control.Caller

	Ctx    context.Context // ends when the command shall stop
	Store  store.Store     // while a command made with onStore runs
	Data   string          // the data folder
	Now    func() time.Time
	Random io.Reader // secure

	Getenv  func(name string) string
	Environ func() []string

	live    bool                   // this is the server's process
	serving *Settings              // of that server
	auth    *account.Authenticator // of that server
	pages   *web.Server            // of that server
	outbox  *notify.Outbox         // of that server
	started bool                   // the command line was understood
}

// databaseName is the store's file in the data folder.
const databaseName = "almanac.db"

func (env *Env) databasePath() string { return filepath.Join(env.Data, databaseName) }

// by names the writer in the history.
func (env *Env) by() string { return "command line" }

func (env *Env) printf(format string, args ...any) { fmt.Fprintf(env.Stdout, format, args...) }

// A runFunc is what cobra calls.
type runFunc = func(cmd *cobra.Command, args []string) error

// here makes a command that needs no store and runs in the shell's own process.
func (env *Env) here(run runFunc) runFunc {
	return func(cmd *cobra.Command, args []string) error {
		env.started = true
		if env.live {
			return fmt.Errorf("%s does not run inside the server", cmd.Name())
		}
		return run(cmd, args)
	}
}

// onStore makes a command that runs where the store is open: in the server, when
// one has the data folder, otherwise here.
func (env *Env) onStore(run runFunc) runFunc { return env.storeCommand(run, false) }

// onNewStore is onStore for commands that may be the first on a data folder.
func (env *Env) onNewStore(run runFunc) runFunc { return env.storeCommand(run, true) }

func (env *Env) storeCommand(run runFunc, makeNew bool) runFunc {
	return func(cmd *cobra.Command, args []string) error {
		env.started = true
		if env.live {
			return run(cmd, args)
		}
		st, err := env.openOrForward(makeNew)
		if err != nil {
			return err
		}
		env.Store = st
		return errors.Join(run(cmd, args), st.Close())
	}
}

// openOrForward opens the store. When a server has it, the command is carried
// out there, and the error is its exitCode, which may be 0.
func (env *Env) openOrForward(makeNew bool) (store.Store, error) {
	forward := func() error {
		conn, err := control.Dial(env.Ctx, env.Data)
		if err != nil {
			return err
		}
		code, err := control.Run(env.Ctx, conn, &env.Caller)
		if err != nil {
			return err
		}
		return exitCode(code)
	}
	if err := forward(); !errors.Is(err, control.ErrNoServer) {
		return nil, err
	}
	if makeNew {
		if err := makeDataFolder(env.Data); err != nil {
			return nil, err
		}
	} else if _, err := os.Stat(env.databasePath()); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no almanac data in %s: name the folder with --data or $ALMANAC_DATA, or begin one with \"almanac user add NAME\"", env.Data)
	}
	st, err := boltstore.Open(env.databasePath(), boltstore.Options{})
	if errors.Is(err, store.ErrLocked) {
		// A server that is just starting has locked the file but made no socket yet.
		if err := forward(); !errors.Is(err, control.ErrNoServer) {
			return nil, err
		}
		return nil, fmt.Errorf("%w, and no server answers at %s: wait until that process is done, or end it",
			err, filepath.Join(env.Data, control.SocketName))
	}
	if err != nil {
		return nil, err
	}
	return st, nil
}

// runLive returns what carries out the commands that reach a server: the shells'
// callers act on the server's store.
func (env *Env) runLive(st store.Store) func(context.Context, *control.Caller) int {
	return func(ctx context.Context, c *control.Caller) int {
		// What a command wrote into the outbox leaves at once: a test, a changed role.
		if env.outbox != nil {
			defer env.outbox.Kick()
		}
		return execute(&Env{Caller: *c, Ctx: ctx, Store: st, Data: env.Data, Now: env.Now, Random: env.Random,
			Getenv: env.Getenv, Environ: env.Environ, live: true, serving: env.serving, auth: env.auth, pages: env.pages, outbox: env.outbox})
	}
}

// makeDataFolder makes a folder that only its owner can enter.
func makeDataFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/cmd/almanac/control"
	"almanac/store"
	"almanac/store/boltstore"
)

func restoreCommand(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in the place of the data; the server must not run",
		Long: `Put a backup in the place of the data. The server must not run. The backup is
checked first; the data that is replaced stays in the data folder as
almanac.db.before-restore-TIME. Clients find the difference by themselves.`,
		Args: exactArgs(1),
		RunE: env.here(func(_ *cobra.Command, args []string) error { return env.restore(args[0]) }),
	}
}

func (env *Env) restore(name string) error {
	if conn, err := control.Dial(env.Ctx, env.Data); err == nil {
		conn.Close()
		return fmt.Errorf("a server is running on %s: stop it first", env.Data)
	}
	if err := makeDataFolder(env.Data); err != nil {
		return err
	}
	present, err := lockFile(env.databasePath())
	if err != nil {
		return fmt.Errorf("lock %s: %w: end that process first", env.databasePath(), err)
	}
	if present != nil {
		defer present.Close()
	}
	dir, err := os.MkdirTemp(env.Data, ".restore-*")
	if err != nil {
		return fmt.Errorf("restore %s: %w", name, err)
	}
	defer os.RemoveAll(dir)
	copied := filepath.Join(dir, databaseName)
	if err := env.copyBackup(name, copied); err != nil {
		return fmt.Errorf("restore %s: %w", name, err)
	}
	if err := env.examine(copied); err != nil {
		if errors.Is(err, store.ErrForeign) {
			return fmt.Errorf("%s is not a backup of almanac", name)
		}
		return fmt.Errorf("%s was not restored: %w", name, err)
	}
	if err := boltstore.Restored(copied); err != nil {
		return err
	}
	if err := env.auditRestore(copied, name); err != nil {
		return err
	}
	kept := ""
	if present == nil {
		err = putInPlace(copied, env.databasePath())
	} else {
		kept = env.databasePath() + ".before-restore-" + env.Now().UTC().Format("20060102T150405Z")
		err = replace(env.databasePath(), copied, kept)
	}
	if err != nil {
		return fmt.Errorf("put the backup in place: %w", err)
	}
	if err := syncFolder(env.Data); err != nil {
		return fmt.Errorf("put the backup in place: %w", err)
	}
	env.printf("Restored %s.\n", name)
	if kept != "" {
		env.printf("The data of before is in %s; remove it when all is well.\n", kept)
	}
	return nil
}

// auditRestore has the log of the restored data tell where it comes from.
func (env *Env) auditRestore(file, from string) error {
	st, err := boltstore.Open(file, boltstore.Options{})
	if err != nil {
		return err
	}
	env.Store = st
	return errors.Join(env.audit(account.AdminAct, "", "restore "+from), st.Close())
}

// putInPlace gives a file a name that must be free: a server that was started
// meanwhile may have made a store there.
func putInPlace(file, name string) error {
	err := os.Link(file, name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// Not every file system has links.
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%s: %w", name, fs.ErrExist)
	}
	return os.Rename(file, name)
}

// replace puts a file in the place of another, which is kept under a third name.
// At every moment the place has the one or the other: one without a file would
// be taken for a new data folder, should the machine stop then.
func replace(name, file, kept string) error {
	err := os.Link(name, kept)
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	if err == nil {
		if err = os.Rename(file, name); err != nil {
			err = errors.Join(err, os.Remove(kept))
		}
		return err
	}
	// Where there are no links, there is no way but through such a moment.
	if _, err := os.Lstat(kept); err == nil {
		return fmt.Errorf("%s: %w", kept, fs.ErrExist)
	}
	if err := os.Rename(name, kept); err != nil {
		return err
	}
	if err := os.Rename(file, name); err != nil {
		return errors.Join(err, os.Rename(kept, name))
	}
	return nil
}

// copyBackup copies a backup, durably.
func (env *Env) copyBackup(from, to string) error {
	in, err := env.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	bar := env.progress("copy", -1, true)
	_, err = io.Copy(io.MultiWriter(out, bar), &untilDone{env, in})
	return errors.Join(err, bar.Finish(), out.Sync(), out.Close())
}

// untilDone reads until the command shall stop.
type untilDone struct {
	env *Env
	r   io.Reader
}

func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.env.Ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// examine refuses a file that is not a sound store.
func (env *Env) examine(path string) error {
	st, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		// What names the copy, and says to restore a backup, is of no help here.
		for _, known := range []error{store.ErrForeign, store.ErrTooNew} {
			if errors.Is(err, known) {
				return known
			}
		}
		var damage *boltstore.DamageError
		if errors.As(err, &damage) {
			return fmt.Errorf("it is damaged: %s", damage.What)
		}
		return err
	}
	defer st.Close()
	var first store.Finding
	n := 0
	err = st.Check(env.Ctx, false, nil, func(f store.Finding) {
		if n++; n == 1 {
			first = f
		}
	})
	if err != nil || n == 0 {
		return err
	}
	sub := *env
	sub.Store = st
	r := sub.nameFindings([]store.Finding{first})[0]
	return fmt.Errorf("it has %s, the first: %s%s; copy it into an empty data folder as %s and run \"almanac check --repair\" there",
		plural(n, "fault"), where(r), clean(r.What), databaseName)
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"almanac/cmd/almanac/control"
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
	if err := env.examine(dir); err != nil {
		return fmt.Errorf("%s was not restored: %w", name, err)
	}
	if err := boltstore.Restored(copied); err != nil {
		return err
	}
	kept := ""
	if present != nil {
		kept = env.databasePath() + ".before-restore-" + env.Now().UTC().Format("20060102T150405Z")
		if _, err := os.Lstat(kept); err == nil {
			return fmt.Errorf("%s exists already: wait a second", kept)
		}
		if err := os.Rename(env.databasePath(), kept); err != nil {
			return fmt.Errorf("put the present data aside: %w", err)
		}
	}
	if err := os.Rename(copied, env.databasePath()); err != nil {
		err = fmt.Errorf("put the backup in place: %w", err)
		if kept != "" {
			err = errors.Join(err, os.Rename(kept, env.databasePath()))
		}
		return err
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

// examine refuses a data folder whose file is not a sound store. "almanac check"
// does it in a process of its own: the memory map of a file that is cut off or
// overwritten can end a process in ways that it cannot catch.
func (env *Env) examine(dir string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("check it: %w", err)
	}
	var out, problem bytes.Buffer
	check := exec.CommandContext(env.Ctx, self)
	check.Args = []string{os.Args[0], "check", "--data", dir}
	check.Stdout, check.Stderr = &out, &problem
	err = check.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &exit):
		return fmt.Errorf("check it: %w", err)
	case env.Ctx.Err() != nil:
		return env.Ctx.Err()
	case exit.ExitCode() == 1 && problem.Len() > 0:
		return errors.New(strings.TrimPrefix(firstLine(problem.String()), "almanac: "))
	case exit.ExitCode() == 1:
		return fmt.Errorf("it has faults, the first: %s; copy it into an empty data folder as %s and run \"almanac check --repair\" there",
			firstLine(out.String()), databaseName)
	}
	return fmt.Errorf("it is damaged (%s)", firstLine(problem.String()))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return clean(line)
}

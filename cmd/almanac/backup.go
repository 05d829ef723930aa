package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"almanac/store/boltstore"
)

func backupCommand(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of everything, also while the server runs",
		Long: `Write a consistent copy of everything into FILE, also while the server runs.
FILE takes its name only when it is complete, on disk and has been opened as a
check. With - the copy goes to standard output, unchecked; a running server gives
up a reader that takes nothing for two minutes.

The copy has the password hashes in it: keep it as safe as the data folder.`,
		Example: "  almanac backup /backups/almanac-$(date +%F).db\n  almanac backup - | zstd | ssh host 'cat > almanac.db.zst'",
		Args:    exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == "-" {
				return env.onStore(env.audited(env.writeBackup))(cmd, args)
			}
			return env.here(func(_ *cobra.Command, args []string) error { return env.backupFile(args[0]) })(cmd, args)
		},
	}
}

// backupPatience is how long whoever reads a backup from the server may take
// nothing. The snapshot from which it is written keeps the pages that are replaced
// meanwhile from being used again: a pager left open would let the file grow for
// ever. (A variable for tests.)
var backupPatience = 2 * time.Minute

// writeBackup copies the store to standard output.
func (env *Env) writeBackup(*cobra.Command, []string) error {
	if env.Term.Stdout {
		return errors.New("standard output is a terminal: name a file, or send the copy to another program")
	}
	size := int64(-1)
	if info, err := os.Stat(env.databasePath()); err == nil {
		size = info.Size()
	}
	if out, ok := env.Stdout.(interface{ SetWriteTimeout(time.Duration) }); ok {
		out.SetWriteTimeout(backupPatience)
	}
	bar := env.progress("backup", size, true)
	if err := env.Store.Backup(env.Ctx, io.MultiWriter(env.Stdout, bar)); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return bar.Finish()
}

// backupFile runs "backup -" into a new file beside the one that is asked for,
// and looks at it before it takes the name.
func (env *Env) backupFile(name string) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*.tmp")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up to %s: there is no folder %s", name, filepath.Dir(name))
	}
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	sub := *env
	sub.Args = []string{"backup", "--data", env.Data, "-"}
	sub.Stdout, sub.Term.Stdout = tmp, false
	if code := execute(&sub); code != 0 {
		return exitCode(code)
	}
	if err := tmp.Sync(); err != nil {
		return fmt.Errorf("back up to %s: %w", name, err)
	}
	info, err := tmp.Stat()
	if err != nil {
		return fmt.Errorf("back up to %s: %w", name, err)
	}
	copied, err := boltstore.Open(tmp.Name(), boltstore.Options{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("the copy cannot be opened, so it was not kept: %w", err)
	}
	if err := copied.Close(); err != nil {
		return fmt.Errorf("the copy cannot be closed, so it was not kept: %w", err)
	}
	if err := os.Rename(tmp.Name(), name); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := syncFolder(filepath.Dir(name)); err != nil {
		return fmt.Errorf("back up to %s: %w", name, err)
	}
	env.printf("Backed up to %s (%s).\n", name, humanSize(info.Size()))
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// The parts of the help.
const (
	groupRun    = "run"
	groupKeep   = "keep"
	groupRemind = "remind"
	groupShare  = "share"
	groupMove   = "move"
	groupMend   = "mend"
	groupAbout  = "about"
)

var groups = []*cobra.Group{
	{ID: groupRun, Title: "Start:"},
	{ID: groupKeep, Title: "Accounts and collections:"},
	{ID: groupRemind, Title: "Reminders:"},
	{ID: groupShare, Title: "Sharing, organisations and limits:"},
	{ID: groupMove, Title: "In and out:"},
	{ID: groupMend, Title: "Safe keeping:"},
	{ID: groupAbout, Title: "About:"},
}

// A row is one command.
type row struct {
	group string
	make  func(*Env) *cobra.Command
}

// commands returns every command, in the order of the help. (It is a function
// because some commands run others, which a variable must not refer to.)
func commands() []row {
	return []row{
		{groupRun, setupCommand},
		{groupRun, serveCommand},
		{groupRun, configCommand},
		{groupKeep, userCommand},
		{groupKeep, appPasswordCommand},
		{groupKeep, twoFactorCommand},
		{groupKeep, profileCommand},
		{groupKeep, qrCommand},
		{groupKeep, calendars.command},
		{groupKeep, addressBooks.command},
		{groupKeep, dedupeCommand},
		{groupRemind, remindCommand},
		{groupRemind, channelCommand},
		{groupRemind, outboxCommand},
		{groupShare, shareCommand},
		{groupShare, delegateCommand},
		{groupShare, orgCommand},
		{groupShare, groupCommand},
		{groupShare, resourceCommand},
		{groupShare, planCommand},
		{groupMove, importCommand},
		{groupMove, exportCommand},
		{groupMend, backupCommand},
		{groupMend, restoreCommand},
		{groupMend, checkCommand},
		{groupMend, salvageCommand},
		{groupMend, lintCommand},
		{groupMend, auditCommand},
		{groupMend, historyCommand},
		{groupMend, undeleteCommand},
		{groupAbout, versionCommand},
	}
}

// defaultData is the data folder when neither --data nor $ALMANAC_DATA names one.
const defaultData = "almanac-data"

// The help lists commands in the order of the table. Cobra has this switch for
// the whole process only.
func init() { cobra.EnableCommandSorting = false }

// newRoot builds the command tree around an Env, fresh for each command line:
// flags keep what was parsed into them.
func newRoot(env *Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "almanac COMMAND",
		Short: "A server for calendars, address books and tasks",
		Long: `almanac keeps people's calendars, address books and tasks in one file and
serves them over CalDAV and CardDAV.

Every command works while the server runs and while it does not. It exits with 0
when all went well, with 1 when something failed, and with 2 when the command
line itself was wrong.`,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	data := env.Getenv("ALMANAC_DATA")
	if data == "" {
		data = "./" + defaultData
	}
	if env.live {
		// The folder is the server's; what --data says is how the caller found it.
		root.PersistentFlags().String("data", env.Data, "")
	} else {
		root.PersistentFlags().StringVar(&env.Data, "data", data, "data `folder`; also $ALMANAC_DATA")
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &usageError{cmd, err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddGroup(groups...)
	root.SetHelpCommandGroupID(groupAbout)
	for _, c := range commands() {
		cmd := c.make(env)
		cmd.GroupID = c.group
		root.AddCommand(cmd)
	}
	plainUseLines(root)
	root.SetUsageTemplate(oneUseLine.Replace(root.UsageTemplate()))
	return root
}

// oneUseLine takes the second line off the usage of commands that have others below
// them: the first says COMMAND already, as all of this program's lines do.
var oneUseLine = strings.NewReplacer("{{if .HasAvailableSubCommands}}\n  {{.CommandPath}} [command]{{end}}", "", "[command] --help", "COMMAND --help")

// plainUseLines keeps cobra from adding "[flags]" to usage lines that name them.
func plainUseLines(cmd *cobra.Command) {
	cmd.DisableFlagsInUseLine = true
	for _, c := range cmd.Commands() {
		plainUseLines(c)
	}
}

// group makes a command that only has others below it.
func group(cmd *cobra.Command, sub ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(sub...)
	cmd.Use += " COMMAND"
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return &usageError{cmd, fmt.Errorf("%s needs a command after it", cmd.Name())}
		}
		return knownCommand(cmd, args)
	}
	return cmd
}

// knownCommand refuses words after a command that only has others below it.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
	cmd.SuggestionsMinimumDistance = 2 // letters
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w; did you mean %q?", err, near[0])
	}
	return &usageError{cmd, err}
}

// execute carries out env.Args and returns the exit code.
func execute(env *Env) int {
	root := newRoot(env)
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	cmd, err := root.ExecuteContextC(env.Ctx)
	return report(env, cmd, err)
}

// An exitCode ends a command that has said all there is to say.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// A usageError is a fault of the command line itself.
type usageError struct {
	cmd *cobra.Command
	err error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usagef makes a usageError.
func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd, fmt.Errorf(format, args...)}
}

// exactArgs checks the number of arguments, which the command's usage line names.
func exactArgs(n int) cobra.PositionalArgs { return rangeArgs(n, n) }

func rangeArgs(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef(cmd, "too few arguments")
		case len(args) > most:
			return usagef(cmd, "too many arguments, from %q on", args[most])
		}
		return nil
	}
}

// report tells a command's error to its caller and returns the exit code.
func report(env *Env, cmd *cobra.Command, err error) int {
	var code exitCode
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		cmd = usage.cmd
	case env.started:
		if errors.Is(err, context.Canceled) && env.Ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = fmt.Errorf("%w: the other side took too long", err)
		}
		fmt.Fprintf(env.Stderr, "almanac: %v\n", err)
		return 1
	}
	// Before a command has begun, what cobra finds wrong is the command line.
	fmt.Fprintf(env.Stderr, "almanac: %v\nusage: %s\nMore: %s --help\n", err, cmd.UseLine(), cmd.CommandPath())
	return 2
}

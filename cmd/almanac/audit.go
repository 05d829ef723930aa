package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/account"
	"almanac/cmd/almanac/source"
	"almanac/store"
)

// actor names whoever typed the command, for the audit log. The colon tells it
// from every user of almanac: their names have none.
func (env *Env) actor() string {
	if env.User == "" {
		return "os:?"
	}
	return "os:" + env.User
}

// audit writes into the audit log what a command did.
func (env *Env) audit(act account.Act, subject, detail string) error {
	return account.Audit(env.Ctx, env.Store, account.Event{At: env.Now(), Act: act, Actor: env.actor(), Subject: subject, Detail: detail})
}

// audited makes a command that the audit log tells of once it has done its work,
// all or a part. That it cannot be told does not undo it: an export from a full
// disk is wanted most.
func (env *Env) audited(run runFunc) runFunc {
	return func(cmd *cobra.Command, args []string) error {
		done := run(cmd, args)
		var partly exitCode
		if done != nil && !errors.As(done, &partly) {
			return done
		}
		path := strings.TrimPrefix(cmd.CommandPath(), "almanac ")
		first, _, _ := strings.Cut(path, " ")
		words, subject := []string{path}, ""
		for i, arg := range args {
			if i == 0 && slices.Contains([]string{"org", "group", "plan"}, first) {
				continue // it may have the name of a user, and is none
			}
			if h, err := env.findUser(arg); err == nil {
				subject, args = h.Name, slices.Delete(slices.Clone(args), i, i+1)
				break
			}
		}
		words = append(append(words, args...), givenFlags(cmd)...)
		env.tell(account.Event{Act: account.AdminAct, Subject: subject, Detail: strings.Join(words, " ")})
		return done
	}
}

// tell is audit for what is done already.
func (env *Env) tell(e account.Event) {
	e.At, e.Actor = env.Now(), env.actor()
	if err := account.Audit(env.Ctx, env.Store, e); err != nil {
		fmt.Fprintf(env.Stderr, "almanac: done, but not told: %v\n", err)
	}
}

// givenFlags are the flags of a command that say what it does, as they were typed.
// No flag of an audited command is a secret, but an address may have one in it.
func givenFlags(cmd *cobra.Command) (words []string) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		switch {
		case !f.Changed, f.Name == "json", f.Name == "yes", f.Name == "data":
			return
		case f.Value.Type() == "bool" && f.Value.String() == "true":
			words = append(words, "--"+f.Name)
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			if f.Name == "from" || strings.Contains(v, "://") {
				v = source.Redact(v)
			}
			words = append(words, "--"+f.Name+"="+shellWord(v))
		}
	})
	return words
}

// flush has a running server write down what it has noted of sign-ins so far.
func (env *Env) flush() error {
	if env.auth == nil {
		return nil
	}
	return env.auth.Flush(env.Ctx, env.Now())
}

// auditPage is how many entries are read in one snapshot, and followEvery how often
// --follow looks for more.
const (
	auditPage   = 1000
	followEvery = time.Second
)

func auditCommand(env *Env) *cobra.Command {
	var user, since, head string
	var last int
	var follow, verify, asJSON bool
	cmd := &cobra.Command{
		Use:   "audit [--user USER] [--since TIME] [--last N] [--follow] [--json] | audit --verify [--head SEQ:HASH]",
		Short: "Show who signed in, and who changed accounts, roles and shares",
		Long: `Show the audit log, the oldest entry first: sign-ins (the first of a program from a
network, not each poll), failed tries counted together, and what was done to
accounts, passwords, roles and shares, by whom. Who acts on the command line is
told as os:NAME. --since takes a time like 2026-05-01T15:04, or a while ago
like 2h; --user names who acted or who it was done to.

No command changes an entry, and only age removes one (the setting audit-keep).
Each entry has the hash of the one before: --verify recomputes them all, and prints
the number and the hash of the last one. Whoever keeps that line elsewhere can pass
it to --head later: the log must still contain it. --json prints one object a
line, with long texts whole.`,
		Args: exactArgs(0),
		RunE: env.onStore(func(cmd *cobra.Command, _ []string) error {
			if verify {
				return env.verifyAudit(cmd, head, asJSON)
			}
			if head != "" {
				return usagef(cmd, "--head belongs to --verify")
			}
			if last < 0 || follow && last == 0 {
				last = 10
			}
			f := account.AuditFilter{User: account.CanonicalUserName(user), Last: last}
			if since != "" {
				var err error
				if f.Since, err = parseSince(since, env.Now()); err != nil {
					return usagef(cmd, "--since: %w", err)
				}
			}
			if err := env.flush(); err != nil {
				return err
			}
			return env.printAudit(f, follow, asJSON)
		}),
	}
	fl := cmd.Flags()
	fl.StringVar(&user, "user", "", "only what this `user` did, or what was done to them")
	fl.StringVar(&since, "since", "", "only what is not older (`time`, or how long ago)")
	fl.IntVar(&last, "last", 0, "only the newest `n`")
	fl.BoolVar(&follow, "follow", false, "go on with what comes, until Ctrl-C")
	fl.BoolVar(&verify, "verify", false, "check that nothing was changed or taken out")
	fl.StringVar(&head, "head", "", "with --verify: what it said at an earlier time (`SEQ:HASH`)")
	fl.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func (env *Env) printAudit(f account.AuditFilter, follow, asJSON bool) error {
	w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
	if !asJSON {
		fmt.Fprintln(w, "TIME\tWHAT\tBY\tACCOUNT\tFROM\tCLIENT\tDETAIL")
	}
	for {
		page, err := env.auditPage(f)
		if err != nil {
			return err
		}
		for _, e := range page {
			f.After = e.Seq
			if err := printEvent(env, w, e, asJSON); err != nil {
				return err
			}
		}
		if f.Last == 0 && len(page) == auditPage {
			continue
		}
		f.Last = 0
		if err := w.Flush(); err != nil || !follow {
			return err
		}
		select {
		case <-time.After(followEvery):
		case <-env.Ctx.Done():
			return nil
		}
	}
}

func (env *Env) auditPage(f account.AuditFilter) (page []account.Event, err error) {
	err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		return account.AuditLog(s, f, func(e account.Event) bool {
			page = append(page, e)
			return f.Last > 0 || len(page) < auditPage
		})
	})
	return page, err
}

// What the table shows of texts that would push the rest off the screen: browsers' names
// for themselves, and command lines of hundreds of words. --json has them whole.
const (
	maxClient = 40
	maxDetail = 120
)

func printEvent(env *Env, w *tabwriter.Writer, e account.Event, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(env.Stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(e)
	}
	detail := e.Detail
	if e.Count > 1 {
		detail += fmt.Sprintf(" (%d times)", e.Count)
	}
	_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.At.UTC().Format(timeForm), clean(string(e.Act)), orDash(e.Actor),
		orDash(e.Subject), orDash(e.Addr), clip(orDash(e.Client), maxClient), clip(orDash(detail), maxDetail))
	return err
}

func (env *Env) verifyAudit(cmd *cobra.Command, known string, asJSON bool) error {
	var want account.AuditHead
	if known != "" {
		seq, hash, ok := strings.Cut(known, ":")
		n, err := strconv.ParseUint(seq, 10, 64)
		if sum, e := hex.DecodeString(hash); !ok || err != nil || e != nil || len(sum) != 32 {
			return usagef(cmd, "--head: %q is not SEQ:HASH, as --verify prints it", known)
		}
		want.Seq, want.Hash = n, hash
	}
	var head account.AuditHead
	err := env.Store.View(env.Ctx, func(s store.Snapshot) (err error) {
		head, err = account.VerifyAudit(s, want)
		return err
	})
	var broken *account.ChainError
	if err != nil && !errors.As(err, &broken) {
		return err
	}
	if asJSON {
		out := struct {
			account.AuditHead
			Whole bool   `json:"whole"`
			Fault string `json:"fault,omitempty"`
		}{head, err == nil, ""}
		if err != nil {
			out.Fault = err.Error()
		}
		if e := env.printJSON(out); e != nil || err == nil {
			return e
		}
		return exitCode(1)
	}
	if err != nil {
		return err
	}
	env.printf("The audit log is whole, from entry %d to %d.\n%d:%s\n", head.First, head.Seq, head.Seq, head.Hash)
	return nil
}

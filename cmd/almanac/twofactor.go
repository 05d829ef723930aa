package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/store"
	"almanac/web"
)

func twoFactorCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "two-factor",
		Short: "Ask for a code of an app when somebody signs in",
	}, twoFactorOn(env), twoFactorOff(env), twoFactorRecovery(env), twoFactorStatus(env))
}

// codeTries is how often a code may be typed before "two-factor on" gives up.
const codeTries = 3

func twoFactorOn(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "on USER",
		Short: "Turn two-factor authentication on",
		Long: `Turn two-factor authentication on for an account: show what the person scans with an
authenticator app, and ask for the first code that it makes. Then print ten recovery
codes, each of which opens the account once in place of a code.

From then on pages ask for a code at sign-in, and devices are let in with app
passwords alone: make them first, or have the person make them on the pages.
Where it is on already, the new app takes the place of the old one.`,
		Args: exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			secret, uri, err := account.BeginTwoFactor(env.Ctx, env.Store, h.ID, env.issuer(), env.Random, env.Now())
			if err != nil {
				return err
			}
			if env.Term.Stdout {
				picture, err := web.TerminalQR(uri, true)
				if err != nil {
					return err
				}
				env.printf("%s\n", picture)
			}
			env.printf("Scan it with an authenticator app, or type the secret there.\nSecret: %s\nURI:    %s\n\n", secret, uri)
			for try := 1; ; try++ {
				fmt.Fprint(env.Stderr, "Code that the app shows: ")
				code, err := readLine(env.Stdin, 80)
				if errors.Is(err, io.EOF) {
					err = errors.New("there is none; nothing was changed")
				}
				if err != nil {
					return fmt.Errorf("read the code: %w", err)
				}
				codes, err := account.ConfirmTwoFactor(env.Ctx, env.Store, h.ID, code, env.actor(), env.Random, env.Now())
				if errors.Is(err, account.ErrCode) && env.Term.Stdin && try < codeTries {
					fmt.Fprintln(env.Stderr, "That is not the code of this moment.")
					continue
				}
				if err != nil {
					return err
				}
				env.printf("Two-factor authentication is on for %s.\n", clean(h.Name))
				env.printRecoveryCodes(codes)
				return nil
			}
		}),
	}
}

// issuer names the server in authenticator apps.
func (env *Env) issuer() string {
	if env.serving != nil && env.serving.PublicURL != nil {
		return env.serving.PublicURL.Hostname()
	}
	return "almanac"
}

func (env *Env) printRecoveryCodes(codes []string) {
	env.printf("Recovery codes, each for once when the app is lost (shown only now):\n")
	for _, c := range codes {
		env.printf("  %s\n", c)
	}
}

func twoFactorOff(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "off USER",
		Short: "Turn two-factor authentication off",
		Long:  "Turn two-factor authentication off: the password alone opens the account. App\npasswords stay.",
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			if err := account.EndTwoFactor(env.Ctx, env.Store, h.ID, env.actor(), env.Now()); err != nil {
				return err
			}
			env.printf("Two-factor authentication is off for %s.\n", clean(h.Name))
			return nil
		}),
	}
}

func twoFactorRecovery(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "recovery-codes USER",
		Short: "Make new recovery codes in place of the old ones",
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			codes, err := account.NewRecoveryCodes(env.Ctx, env.Store, h.ID, env.actor(), env.Random, env.Now())
			if errors.Is(err, account.ErrNotBegun) {
				return fmt.Errorf("two-factor authentication is off for %s", h.Name)
			}
			if err != nil {
				return err
			}
			env.printRecoveryCodes(codes)
			return nil
		}),
	}
}

func twoFactorStatus(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status USER [--json]",
		Short: "Tell whether two-factor authentication is on",
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			var two account.TwoFactor
			err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
				two, err = account.TwoFactorOf(s, h.ID)
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				out := struct {
					User          string     `json:"user"`
					On            bool       `json:"on"`
					Since         *time.Time `json:"since"`
					RecoveryCodes int        `json:"recoveryCodes"`
				}{User: h.Name, On: two.On, RecoveryCodes: two.RecoveryCodes}
				if two.On {
					out.Since = &two.Since
				}
				return env.printJSON(out)
			}
			if !two.On {
				env.printf("Two-factor authentication is off for %s.\n", clean(h.Name))
				return nil
			}
			env.printf("Two-factor authentication is on for %s since %s; %s left.\n", clean(h.Name), two.Since.Format(timeForm), plural(two.RecoveryCodes, "recovery code"))
			return nil
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

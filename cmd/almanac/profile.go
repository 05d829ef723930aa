package main

import (
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/dav"
	"almanac/store"
	"almanac/web"
)

func profileCommand(env *Env) *cobra.Command {
	var output, label, at string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "profile USER -o FILE [--label TEXT] [--url URL] [--json]",
		Short: "Write a configuration profile for an iPhone, iPad or Mac",
		Long: `Write a configuration profile (.mobileconfig) that sets up the calendars, reminders
and contacts of an account on an iPhone, iPad or Mac. It has a new app password in
it, for that device alone; one that is not used within 14 days ends by itself. The
server's certificate signs the profile where there is one. A profile that is
installed again updates the accounts of the earlier one.

The person can get one without help, at the server's address in a browser.`,
		Example: "  almanac profile ann -o ann.mobileconfig --label \"Ann's iPad\"",
		Args:    exactArgs(1),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			if output == "" || output == "-" {
				return usagef(cmd, "where to? Name the file with -o")
			}
			h, s, address, err := env.deviceOf(cmd, args[0], at)
			if err != nil {
				return err
			}
			pair, err := signingPair(s)
			if err != nil {
				return err
			}
			f, err := env.Create(output)
			if err != nil {
				return err
			}
			defer f.Close()
			if label == "" {
				label = "Profile, " + env.Now().Format(time.DateOnly)
			}
			id, secret, err := env.addDevice(h, label)
			if err != nil {
				return err
			}
			body := web.NewProfile(address, h, dav.PrincipalPath(h.Name), secret, "en").Encode()
			if pair != nil {
				if body, err = web.Sign(body, pair); err != nil {
					return err
				}
			}
			if _, err := f.Write(body); err != nil {
				return fmt.Errorf("write %s: %w", output, err)
			}
			if err := f.Commit(); err != nil {
				return err
			}
			if asJSON {
				return env.printJSON(struct {
					File   string `json:"file"`
					User   string `json:"user"`
					URL    string `json:"url"`
					ID     string `json:"id"` // of the app password
					Label  string `json:"label"`
					Signed bool   `json:"signed"`
				}{output, h.Name, address.String(), id, label, pair != nil})
			}
			signed := "signed by the server's certificate"
			if pair == nil {
				signed = "not signed, since the server has no certificate: devices warn of that"
			}
			env.printf("%s sets up %s on %s; it is %s.\nIts password is listed as %q; \"almanac app-password list %s\" shows it, and \"app-password remove\" revokes it.\n",
				output, clean(h.Name), address, signed, clean(label), shellWord(h.Name))
			return nil
		}),
	}
	f := cmd.Flags()
	f.StringVarP(&output, "output", "o", "", "write to this `file`, which appears when it is complete; keep it secret: it holds a password")
	f.StringVar(&label, "label", "", "what the device is called in lists (`text`)")
	addURLFlag(cmd, &at)
	f.BoolVar(&asJSON, "json", false, "print what was made as JSON")
	return cmd
}

func addURLFlag(cmd *cobra.Command, at *string) {
	cmd.Flags().StringVar(at, "url", "", "how the device reaches the server (`URL`; default: as the settings of the server say)")
}

// deviceOf returns what a device of a user needs to know: the settings of the
// server, and the address under which it is reached.
func (env *Env) deviceOf(cmd *cobra.Command, user, at string) (h *store.Home, s *Settings, a web.Address, err error) {
	s = env.serving
	if !env.live {
		if s, _, err = newResolver(cmd, env).resolve(); err != nil {
			return nil, nil, a, err
		}
	}
	if at == "" {
		at = addressesFor(s).urls[0]
	}
	u, err := parsePublicURL(at)
	if err == nil && u == nil {
		u, err = url.Parse(at)
	}
	if err != nil {
		return nil, nil, a, usagef(cmd, "--url: %w", err)
	}
	h, err = env.findUser(user)
	return h, s, web.ParseAddress(u), err
}

// addDevice makes an app password that ends unless a device comes for it.
func (env *Env) addDevice(h *store.Home, label string) (id, secret string, err error) {
	now := env.Now()
	return account.AddAppPassword(env.Ctx, env.Store, h.ID, account.AppPassword{Label: label, Unused: now.Add(web.UnusedLife)}, env.actor(), env.Random, now)
}

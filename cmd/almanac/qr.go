package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/store"
	"almanac/web"
)

// A qrKind is something that a QR code can hold.
type qrKind struct {
	name, help string
	text       func(env *Env, h *store.Home, a web.Address, label string, password bool) (string, error)
}

var qrKinds = []qrKind{
	{"davx5", "opens DAVx5 with address and user name, for Android", func(env *Env, h *store.Home, a web.Address, label string, password bool) (string, error) {
		secret := ""
		if password {
			var err error
			if _, secret, err = env.addDevice(h, label); err != nil {
				return "", err
			}
		}
		return a.DAVx5(h.Name, secret), nil
	}},
	{"profile", "link to a configuration profile, for iPhone and iPad; it works once, within ten minutes, while the server runs", func(env *Env, h *store.Home, a web.Address, label string, _ bool) (string, error) {
		if env.pages == nil {
			return "", errors.New("no server runs that could hand the profile out: start \"almanac serve\", or write one with \"almanac profile\"")
		}
		return env.pages.ProfileLink(a, h.ID, label)
	}},
	{"url", "the address of the server", func(_ *Env, _ *store.Home, a web.Address, _ string, _ bool) (string, error) { return a.String(), nil }},
}

func qrCommand(env *Env) *cobra.Command {
	var kind, label, at string
	var password, asJSON bool
	var names, lines []string
	for _, k := range qrKinds {
		names = append(names, k.name)
		lines = append(lines, "  "+k.name+strings.Repeat(" ", 10-len(k.name))+k.help)
	}
	cmd := &cobra.Command{
		Use:   "qr USER [--kind " + strings.Join(names, "|") + "] [--password] [--label TEXT] [--url URL] [--json]",
		Short: "Draw a QR code that connects a phone",
		Long: `Draw a QR code in the terminal that connects a phone to an account. What it holds
is one of

` + strings.Join(lines, "\n") + `

With --password the code for DAVx5 also holds a new app password for that phone
alone; one that is not used within 14 days ends by itself. Where the output is no
terminal, the code is drawn for light text on a dark ground.`,
		Args: exactArgs(1),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			if password && kind != "davx5" {
				return usagef(cmd, "--password goes with --kind davx5")
			}
			if err := oneOf(kind, names...); err != nil {
				return usagef(cmd, "--kind: %w", err)
			}
			h, _, address, err := env.deviceOf(cmd, args[0], at)
			if err != nil {
				return err
			}
			if label == "" {
				label = map[string]string{"davx5": "Android", "profile": "iPhone"}[kind] + ", " + env.Now().Format(time.DateOnly)
			}
			var text string
			for _, k := range qrKinds {
				if k.name == kind {
					text, err = k.text(env, h, address, label, password)
				}
			}
			if err != nil {
				return err
			}
			if asJSON {
				return env.printJSON(struct {
					User string `json:"user"`
					Kind string `json:"kind"`
					Text string `json:"text"`
				}{h.Name, kind, text})
			}
			picture, err := web.TerminalQR(text, env.Term.Stdout)
			if err != nil {
				return err
			}
			env.printf("%s%s\n", picture, clean(text))
			return nil
		}),
	}
	f := cmd.Flags()
	f.StringVar(&kind, "kind", "davx5", "what the code holds (`kind`)")
	f.BoolVar(&password, "password", false, "make an app password and put it into the code")
	f.StringVar(&label, "label", "", "what the device is called in lists (`text`)")
	addURLFlag(cmd, &at)
	f.BoolVar(&asJSON, "json", false, "print what the code holds as JSON, and draw nothing")
	return cmd
}

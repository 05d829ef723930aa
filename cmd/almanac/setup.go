package main

import (
	"fmt"
	"net"
	"net/netip"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/store"
)

func setupCommand(env *Env) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "setup [--name NAME] [--listen HOST:PORT]",
		Short: "Make the data folder and a first account, and say what to type into clients",
		Long: `Make the data folder and, when there is no account yet, a first one with a random
password, which is shown once. Then say what to type into phones and programs.
It changes nothing when there is an account already.`,
		Args: exactArgs(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			s := env.serving // what holds is what the running server was told
			if !env.live {
				var err error
				if s, _, err = newResolver(cmd, env).resolve(); err != nil {
					return &usageError{cmd, err}
				}
				env.Data = s.Data
			}
			if name == "" {
				name = loginName()
			}
			name = account.CanonicalUserName(name)
			if err := account.CheckUserName(name); err != nil {
				return usagef(cmd, "--name: user %w", err)
			}
			return env.onNewStore(func(*cobra.Command, []string) error { return env.setup(name, s) })(cmd, args)
		},
	}
	addSettingFlags(cmd)
	cmd.Flags().StringVar(&name, "name", "", "`name` of the first account (default: your login name)")
	return cmd
}

// loginName is what somebody is called on this machine, or "me", as for root.
func loginName() string {
	u, err := user.Current()
	if err != nil {
		return "me"
	}
	name := u.Username
	if i := strings.LastIndexByte(name, '\\'); i >= 0 {
		name = name[i+1:] // DOMAIN\name on Windows
	}
	name = account.CanonicalUserName(strings.ToLower(name))
	if name == "root" || account.CheckUserName(name) != nil {
		return "me"
	}
	return name
}

func (env *Env) setup(name string, s *Settings) error {
	var users []string
	err := env.Store.View(env.Ctx, func(s store.Snapshot) error {
		return s.Homes("", func(h *store.Home) bool {
			users = append(users, strings.Clone(h.Name))
			return len(users) < 3
		})
	})
	if err != nil {
		return fmt.Errorf("look for accounts: %w", err)
	}
	addr := addressesFor(s)
	if len(users) > 0 {
		if len(users) == 3 {
			users[2] = "..."
		}
		env.printf("Accounts exist already (%s); \"almanac user list\" shows all, \"almanac user passwd NAME\" sets a password.\n\n", strings.Join(users, ", "))
		env.printf("  URL        %s\n", strings.Join(addr.urls, "\n             "))
		env.printf("%s", addr.note)
		return nil
	}
	password, err := account.NewPassword(env.Random)
	if err != nil {
		return err
	}
	secret, err := account.NewSecret(password, env.Random)
	if err != nil {
		return err
	}
	if _, err := account.Create(env.Ctx, env.Store, store.Home{Name: name, Secret: secret}, env.by(), env.Now()); err != nil {
		return err
	}
	if err := env.audit(account.AccountAdded, name, "first account"); err != nil {
		return err
	}
	env.printf(`Your first account is made, with a calendar, a task list and an address book.

  URL        %s
  User name  %s
  Password   %s    (shown only now; "almanac user passwd %s" sets another)
%s
%s`, strings.Join(addr.urls, "\n             "), name, password, shellWord(name), addr.note, clientHelp(addr.urls[0], name))
	return nil
}

// clientHelp says how to connect the common clients. What they are told is the
// bare URL, from which each finds the rest (RFC 6764 section 5).
func clientHelp(url, name string) string {
	host := url[strings.Index(url, "://")+3:]
	security := ""
	if strings.HasPrefix(url, "http://") {
		security = "; under Advanced Settings switch Use SSL off and set the port"
	}
	return fmt.Sprintf(`Easiest: open %[1]s in the device's browser, sign in, and let the page
connect the device, with a password of its own. By hand:

DAVx5 (Android): Add account > Login with URL and user name.
    Base URL %[1]s
    Then choose what to sync under CardDAV and CalDAV; tasks need an app for
    them, such as Tasks.org or jtx Board.
iPhone, iPad: Settings > Apps > Calendar > Calendar Accounts > Add Account > Other.
    Add CalDAV Account:  Server %[2]s%[3]s
    Add CardDAV Account: the same
Mac: System Settings > Internet Accounts > Add Account > Add Other Account.
    CalDAV Account and CardDAV Account, type Manual, Server Address %[2]s
Thunderbird: Calendar > New Calendar > On the Network.
    Username %[4]s, Location %[1]s
    Address Book > New Address Book > Add CardDAV Address Book: the same

`, url, host, security, name)
}

// addresses are the URLs under which clients reach a server, the likeliest first.
type addresses struct {
	urls []string
	note string
}

func addressesFor(s *Settings) addresses {
	if s.PublicURL != nil {
		return addresses{urls: []string{s.PublicURL.String() + "/"}}
	}
	scheme := "http"
	if s.tls() {
		scheme = "https"
	}
	// The setting has checked the form.
	host, port, _ := net.SplitHostPort(s.Listen)
	urlOf := func(host string) string {
		if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
			if strings.Contains(host, ":") {
				host = "[" + host + "]"
			}
			return scheme + "://" + host
		}
		return scheme + "://" + net.JoinHostPort(host, port)
	}
	if len(s.ACMEDomain) > 0 {
		var a addresses
		for _, d := range s.ACMEDomain {
			a.urls = append(a.urls, urlOf(d))
		}
		return a
	}
	ip, err := netip.ParseAddr(host)
	local := localAddresses()
	switch {
	case host == "localhost" || err == nil && ip.IsLoopback():
		a := addresses{urls: []string{urlOf(host)}}
		a.note = "\nOnly programs on this machine reach that address. For phones in your network:\n" +
			"  make run LISTEN=0.0.0.0:" + port + "       (or almanac serve --listen 0.0.0.0:" + port + ")\n"
		if len(local) > 0 {
			a.note += "  and then the URL is " + urlOf(local[0]) + "\n"
		}
		return a
	case host == "" || err == nil && ip.IsUnspecified():
		a := addresses{}
		for _, l := range local {
			a.urls = append(a.urls, urlOf(l))
		}
		a.urls = append(a.urls, urlOf("localhost"))
		if scheme == "http" {
			a.note = "\nPlain HTTP shows passwords to everybody in the network: only where you trust it.\n"
		}
		return a
	}
	return addresses{urls: []string{urlOf(host)}}
}

// localAddresses are this machine's IPv4 addresses in private networks, which is
// what a phone in the same WLAN reaches.
func localAddresses() []string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []string
	for _, a := range all {
		p, err := netip.ParsePrefix(a.String())
		if err == nil && p.Addr().Is4() && p.Addr().IsPrivate() {
			out = append(out, p.Addr().String())
		}
	}
	return out
}

package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/store"
)

// activityMost is how many entries of the audit log the page shows.
const activityMost = 100

// An activity is a row of the page of what happened of late.
type activity struct {
	At                         time.Time
	What, Addr, Client, Detail string
	Count                      int
	Alert                      bool
	By                         string // who did it, if not the account's owner
}

// reasons are the messages for what the audit log, which is in English, says of a
// failed sign-in, by a part of it.
var reasons = []struct{ part, message string }{
	{"wrong code", "why.code"}, {"not heard", "why.slowed"}, {"app password", "why.device"}, {"wrong password", "why.password"},
}

// detail is what a person wants to know beyond the act, in their language.
func (rq *request) detail(e *account.Event) string {
	switch e.Act {
	case account.SignedIn:
		return "" // client and address say it
	case account.SignInFailed:
		for _, r := range reasons {
			if strings.Contains(e.Detail, r.part) {
				return rq.lang.text(r.message)
			}
		}
	}
	return e.Detail
}

// activityPage shows what happened with the account, the newest first.
func (rq *request) activityPage() error {
	home := rq.session.home
	var rows []activity
	err := rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		prefs, err := account.PreferencesOf(snap, home.ID)
		if err != nil {
			return err
		}
		zone := rq.zoneOf(prefs)
		return account.AuditLog(snap, account.AuditFilter{User: home.Name, Last: activityMost}, func(e account.Event) bool {
			a := activity{At: e.At.In(zone), What: "act." + string(e.Act), Addr: e.Addr, Client: clientWords(e.Client),
				Detail: rq.detail(&e), Count: e.Count, Alert: e.Act == account.SignInFailed}
			if _, ok := messages[a.What]; !ok {
				a.What = "act.admin"
			}
			if e.Actor != home.Name {
				a.By = e.Actor
			}
			rows = append(rows, a)
			return true
		})
	})
	if err != nil {
		return err
	}
	slices.Reverse(rows)
	// What was counted together is written when the counting ends.
	slices.SortStableFunc(rows, func(a, b activity) int { return b.At.Compare(a.At) })
	return rq.show(http.StatusOK, "activity", map[string]any{"Rows": rows})
}

// clientWords makes of a User-Agent what a person knows it by: the program, and
// what it runs on.
func clientWords(agent string) string {
	if !strings.HasPrefix(agent, "Mozilla/") {
		return clientName(agent)
	}
	program := ""
	for _, p := range []struct{ mark, name string }{ // the first that fits: each pretends to be those below
		{"Thunderbird/", "Thunderbird"}, {"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if strings.Contains(agent, p.mark) {
			program = p.name
			break
		}
	}
	_, name := platform(agent)
	return strings.Trim(program+", "+name, ", ")
}

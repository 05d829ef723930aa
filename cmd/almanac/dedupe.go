package main

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/duplicates"
	"almanac/store"
)

func dedupeCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "dedupe",
		Short: "Find and merge duplicate contacts",
		Long: `Find contact cards that are one person or organisation, look at them side by side,
merge them, say which are not the same, and take any of that back. Nothing is
merged unseen unless "merge --certain" is asked for.`,
	}, dedupeFindCommand(env), dedupeReviewCommand(env), dedupeShowCommand(env), dedupeMergeCommand(env),
		dedupeHideCommand(env), dedupeUnhideCommand(env), dedupeHiddenCommand(env), dedupeUndoCommand(env), dedupeLogCommand(env))
}

// desk opens the desk of a user.
func (env *Env) desk(user string) (*duplicates.Desk, error) {
	h, err := env.findUser(user)
	if err != nil {
		return nil, err
	}
	country, err := env.countryOf(h)
	return &duplicates.Desk{Store: env.Store, Who: account.Identity{Home: h.ID, Name: h.Name}, By: env.by(), Country: country}, err
}

// countryOf is where an account's numbers are dialled: in its own country, or in the
// one that the server was told.
func (env *Env) countryOf(h *store.Home) (country string, err error) {
	err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		country, err = account.CountryOf(s, h.ID)
		return err
	})
	if country != "" || err != nil {
		return country, err
	}
	if env.live {
		if env.serving == nil {
			return "", nil
		}
		return env.serving.Country, nil
	}
	s, _, err := env.configured()
	if err != nil {
		return "", err
	}
	return s.Country, nil
}

// cardsTyped finds the cards that are named on the command line.
func (env *Env) cardsTyped(d *duplicates.Desk, typed []string) ([]duplicates.Card, error) {
	cards := make([]duplicates.Card, len(typed))
	for i, t := range typed {
		c, err := d.Resolve(env.Ctx, t)
		if errors.Is(err, store.ErrNotFound) {
			return nil, fmt.Errorf("%s has no card %q; a card is named by BOOK/NAME, its name or its UID", d.Who.Name, clean(t))
		} else if err != nil {
			return nil, err
		}
		cards[i] = c
	}
	return cards, nil
}

// groupTyped finds the group of that ID.
func (env *Env) groupTyped(d *duplicates.Desk, id string) (*duplicates.Group, error) {
	bar := env.findProgress()
	g, err := d.Group(env.Ctx, id, bar.show)
	bar.end()
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("there is no group %q any more; \"almanac dedupe find %s\" shows all", clean(id), shellWord(d.Who.Name))
	}
	return g, err
}

var groupID = regexp.MustCompile(`^g[0-9a-f]{10}$`)

func isGroup(args []string) bool { return len(args) == 1 && groupID.MatchString(args[0]) }

func nameOfCard(c duplicates.Card) cardName { return cardName{Book: c.Book, Href: c.Name, UID: c.UID} }

func namesOfCards(cards []duplicates.Card) []cardName {
	names := make([]cardName, len(cards))
	for i, c := range cards {
		names[i] = nameOfCard(c)
	}
	return names
}

func cardPath(c duplicates.Card) string { return clean(c.Book + "/" + c.Name) }

// orNoName is a card's name for people.
func orNoName(name string) string {
	if name == "" {
		return "(no name)"
	}
	return clean(name)
}

// A findBar shows how far a search is, once it takes longer than a second.
type findBar struct {
	env     *Env
	started time.Time
	what    string
	bar     *progressbar.ProgressBar
}

func (env *Env) findProgress() *findBar { return &findBar{env: env, started: env.Now()} }

func (b *findBar) show(what string, done, all int) {
	if b.env.Now().Sub(b.started) < time.Second {
		return
	}
	if what != b.what {
		b.end()
		b.what, b.bar = what, b.env.progress(what, int64(all), false)
	}
	_ = b.bar.Set(done)
}

func (b *findBar) end() {
	if b.bar != nil {
		_ = b.bar.Finish()
		b.bar = nil
	}
}

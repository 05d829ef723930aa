package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
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
	s, err := env.told()
	if err != nil {
		return nil, err
	}
	country := ""
	err = env.Store.View(env.Ctx, func(snap store.Snapshot) error {
		country, err = account.CountryOf(snap, h.ID)
		return err
	})
	// Numbers are dialled in the account's own country, or in the server's.
	return &duplicates.Desk{Store: env.Store, Who: account.Identity{Home: h.ID, Name: h.Name}, By: env.by(),
		Country: cmp.Or(country, s.Country), MaxSize: int(s.MaxObjectSize)}, err
}

// told are the settings of the server that carries this out, or else those that one
// would be started with.
func (env *Env) told() (*Settings, error) {
	if env.live {
		if env.serving == nil {
			return &Settings{}, nil
		}
		return env.serving, nil
	}
	s, _, err := env.configured()
	return s, err
}

// cardsTyped finds the cards that are named on the command line.
func (env *Env) cardsTyped(d *duplicates.Desk, typed []string) ([]duplicates.Card, error) {
	cards := make([]duplicates.Card, len(typed))
	for i, t := range typed {
		c, err := d.Resolve(env.Ctx, t)
		if errors.Is(err, store.ErrNotFound) {
			return nil, env.noCard(d, t)
		} else if err != nil {
			return nil, err
		}
		cards[i] = c
	}
	return cards, nil
}

// noCard is the error of a card that is not there: perhaps it was merged away.
func (env *Env) noCard(d *duplicates.Desk, typed string) error {
	log, err := d.Log(env.Ctx)
	for _, m := range log {
		if i := slices.IndexFunc(m.Sources, func(c duplicates.Card) bool {
			return typed == c.UID || typed == c.Name || typed == c.Book+"/"+c.Name
		}); i >= 0 && err == nil && m.Undone.IsZero() {
			return fmt.Errorf("%s was merged into %s; \"almanac dedupe undo %s %s\" brings it back", cardPath(m.Sources[i]), cardPath(m.Reference), shellWord(d.Who.Name), m.ID)
		}
	}
	return errors.Join(err, fmt.Errorf("%s has no card %q; a card is named by BOOK/NAME, its name or its UID", d.Who.Name, clean(typed)))
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

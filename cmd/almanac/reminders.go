package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"time"

	"almanac/account"
	"almanac/notify"
	"almanac/remind"
	"almanac/seal"
	"almanac/store"
)

// checkReminders finds what no single setting shows.
func (s *Settings) checkReminders() error {
	if s.SMTPURL != nil && s.MailFrom == "" {
		return fmt.Errorf("smtp-url needs mail-from: the address that mail comes from")
	}
	if s.SMTPURL == nil && s.MailFrom != "" {
		return fmt.Errorf("mail-from needs smtp-url: the server that takes the mail")
	}
	return nil
}

// mailer is what sends mail; nil when none is sent from here.
func (s *Settings) mailer() (*notify.Mailer, error) {
	if s.SMTPURL == nil {
		return nil, nil
	}
	c := notify.MailConfig{URL: s.SMTPURL, From: s.MailFrom}
	var err error
	if c.Password, err = secretOr(s.SMTPPassword, "smtp-password-file", s.SMTPPasswordFile); err != nil {
		return nil, err
	}
	if s.SMTPCA != "" {
		pool, err := certPool("smtp-ca", s.SMTPCA)
		if err != nil {
			return nil, err
		}
		c.TLS = &tls.Config{RootCAs: pool}
	}
	return notify.NewMailer(c)
}

// A remindLinks makes the addresses of the pages that stop reminders.
type remindLinks struct {
	base   string // of the pages, without a slash at the end
	sealer *seal.Sealer
	now    func() time.Time
}

// Purposes of sealed texts, and how long they are of use.
const (
	stopFor   = 60 * 24 * time.Hour
	verifyFor = 2 * 24 * time.Hour
)

func (l *remindLinks) Stop(ref notify.Ref) string {
	text, err := l.sealer.Seal(notify.StopPurpose, ref, l.now().Add(stopFor))
	if err != nil {
		return "" // a UID that is too long for a link
	}
	return l.base + notify.StopPath + text
}

func (l *remindLinks) Verify(m *notify.Message) string {
	text, err := l.sealer.Seal(notify.VerifyPurpose, notify.Verify{Home: m.Home, Channel: m.Channel}, l.now().Add(verifyFor))
	if err != nil {
		return ""
	}
	return l.base + notify.VerifyPath + text
}

// linkSealer seals the links of reminders with a key that survives a restart.
func linkSealer(ctx context.Context, st store.Store, env *Env) (*seal.Sealer, error) {
	key, err := account.ServerKey(ctx, st, env.Random, "links", env.Now())
	if err != nil {
		return nil, err
	}
	return seal.New(key)
}

// newReminders makes what has alarms told.
func newReminders(st store.Store, s *Settings, env *Env, log *slog.Logger) *remind.Service {
	return &remind.Service{Store: st, Log: log, Now: env.Now, Late: s.RemindLate, Floor: s.InsistFloor}
}

// pushContact is whom the push services can ask about what they get: who sends mail from
// here, or else where the server is. That has to be an https URL (RFC 8292 section 2.1),
// also of one that is reached by http, which serves browsers on the same machine alone.
func pushContact(s *Settings) string {
	if from, err := mail.ParseAddress(s.MailFrom); err == nil {
		return from.Address
	}
	_, rest, _ := strings.Cut(addressesFor(s).urls[0], "://")
	return "https://" + rest
}

// newOutbox makes what sends messages.
func newOutbox(ctx context.Context, st store.Store, s *Settings, env *Env, service *remind.Service, sealer *seal.Sealer, log *slog.Logger) (*notify.Outbox, *notify.Pusher, error) {
	base := strings.TrimSuffix(addressesFor(s).urls[0], "/")
	box := &notify.Outbox{Store: st, Log: log, Now: env.Now, Senders: map[account.ChannelKind]notify.Sender{},
		Links: &remindLinks{base, sealer, env.Now}, Limits: map[account.ChannelKind]notify.Limit{}, Stale: service.Stale}
	mailer, err := s.mailer()
	if err != nil {
		return nil, nil, err
	}
	if mailer != nil {
		box.Senders[account.Mail] = mailer
	}
	courier := notify.NewCourier(s.PrivateTargets, nil, env.Now)
	key, err := account.ServerKey(ctx, st, env.Random, "vapid", env.Now())
	if err != nil {
		return nil, nil, err
	}
	pusher, err := notify.NewPusher(courier, key, pushContact(s), env.Now)
	if err != nil {
		return nil, nil, err
	}
	box.Senders[account.Browser], box.Senders[account.Chat] = pusher, notify.NewChatter(courier)
	for kind, perSecond := range map[account.ChannelKind]float64{account.Mail: s.MailRate, account.Browser: s.PushRate, account.Chat: s.ChatRate} {
		l := notify.DefaultLimit(kind)
		if perSecond > 0 {
			l.PerSecond = perSecond
			l.Burst = max(int(perSecond*10), 1)
		}
		box.Limits[kind] = l
	}
	return box, pusher, nil
}

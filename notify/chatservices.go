package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/mattermost"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/rocketchat"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/zulip"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/gotify"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/ntfy"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
	"github.com/nicholas-fedor/shoutrrr/pkg/util/jsonclient"
)

// A chatService is a kind of chat.
type chatService struct {
	like   string // an example of an address
	host   string // where all of its requests go; "" for the address's host
	encode func(*url.URL, *note) ([]*http.Request, error)
}

// chatServices are the services by the scheme of their addresses. The library knows how
// they want to be spoken to; it only writes the requests, see a tape. What it has not
// got, or not well, is written here: webhooks of whatever host; Slack and Zulip, whose
// requests it makes where no tape hears them; and Matrix, whose messages have an identity
// that the library leaves out, so that what is sent again would come twice.
var chatServices = map[string]chatService{
	"https":      {"https://chat.example.org/hooks/TOKEN", "", webhook},
	"http":       {"http://chat.example.org/hooks/TOKEN", "", webhook},
	"discord":    {"discord://TOKEN@WEBHOOK-ID", "discord.com", taped(withDiscord)},
	"gotify":     {"gotify://gotify.example.org/TOKEN", "", taped(withGotify)},
	"matrix":     {"matrix://:ACCESS-TOKEN@matrix.example.org/?rooms=!ROOM-ID:example.org", "", matrixRooms},
	"mattermost": {"mattermost://chat.example.org/TOKEN", "", taped(withMattermost)},
	"ntfy":       {"ntfy://ntfy.example.org/TOPIC", "", taped(withNtfy)},
	"rocketchat": {"rocketchat://chat.example.org/TOKEN-A/TOKEN-B", "", taped(withRocketChat)},
	"slack":      {"slack://hook:TOKEN-A-TOKEN-B-TOKEN-C@webhook", "hooks.slack.com", slackHook},
	"telegram":   {"telegram://TOKEN@telegram?chats=CHAT-ID", "api.telegram.org", taped(withTelegram)},
	"zulip":      {"zulip://BOT-ADDRESS:KEY@zulip.example.org/?stream=STREAM&topic=TOPIC", "", zulipStream},
}

// A tape records the requests that the library makes and answers that all is well. So
// the library is but a writer of requests: by itself it would wait without end, try
// again on its own, read answers of any length, and go wherever it is led.
type tape struct{ requests []*http.Request }

func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	if len(t.requests) > maxRooms {
		return nil, errors.New("too many rooms")
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	kept, err := http.NewRequest(r.Method, r.URL.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	kept.Header = r.Header.Clone()
	t.requests = append(t.requests, kept)
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"ok":true}`))}, nil
}

// Do makes a tape an HTTP client for the library's Discord.
func (t *tape) Do(r *http.Request) (*http.Response, error) { return t.RoundTrip(r) }

// taped records what a service of the library asks for.
func taped(send func(*tape, *url.URL, *note) error) func(*url.URL, *note) ([]*http.Request, error) {
	return func(u *url.URL, n *note) ([]*http.Request, error) {
		var t tape
		if err := send(&t, u, n); err != nil {
			return nil, err
		}
		if len(t.requests) == 0 {
			return nil, errors.New("it names nobody")
		}
		return t.requests, nil
	}
}

// silent is the library's log, which tells secrets.
var silent = log.New(io.Discard, "", 0)

func withMattermost(t *tape, u *url.URL, n *note) error {
	var s mattermost.Service
	if err := s.Initialize(u, silent); err != nil {
		return err
	}
	s.GetHTTPClient().Transport = t
	return s.Send(n.whole(), nil)
}

func withRocketChat(t *tape, u *url.URL, n *note) error {
	s := rocketchat.Service{Client: &http.Client{Transport: t}}
	if err := s.Initialize(u, silent); err != nil {
		return err
	}
	return s.Send(n.whole(), nil)
}

func withDiscord(t *tape, u *url.URL, n *note) error {
	var s discord.Service
	if err := s.Initialize(u, silent); err != nil {
		return err
	}
	s.HTTPClient = t
	s.Config.JSON, s.Config.SplitLines = false, false // it is one text
	return s.Send(n.whole(), nil)
}

func withGotify(t *tape, u *url.URL, n *note) error {
	var s gotify.Service
	if err := s.Initialize(u, silent); err != nil {
		return err
	}
	s.GetHTTPClient().Transport = t
	rest := *n
	rest.title = ""
	message := rest.whole()
	if message == "" {
		message = n.title // it wants to have one
	}
	return s.Send(message, &types.Params{"title": n.title})
}

func withNtfy(t *tape, u *url.URL, n *note) error {
	var s ntfy.Service
	if err := s.Initialize(u, silent); err != nil {
		return err
	}
	s.SetHTTPClient(&http.Client{Transport: t})
	params := types.Params{"title": n.title}
	if n.link != "" {
		params["click"] = n.link
		params["actions"] = "view, " + n.label + ", " + n.link
	}
	return s.Send(Cut(strings.TrimSpace(n.text), maxNote), &params)
}

// telegramTurn is whose turn it is to write for Telegram: the library's part of it has
// one client for all.
var telegramTurn sync.Mutex

func withTelegram(t *tape, u *url.URL, n *note) error {
	var s telegram.Service
	if err := s.Initialize(u, silent); err != nil {
		return err
	}
	telegramTurn.Lock()
	defer telegramTurn.Unlock()
	usual := jsonclient.DefaultClient
	defer func() { jsonclient.DefaultClient = usual }()
	jsonclient.DefaultClient = jsonclient.NewWithHTTPClient(&http.Client{Transport: t})
	// As plain text, whatever the address says: what a stranger wrote is no markup.
	return s.Send(n.whole(), &types.Params{"parsemode": "None", "title": "", "preview": "No"})
}

// webhook writes to an incoming webhook: Mattermost, kChat, Slack, Rocket.Chat, Google
// Chat and others take a JSON object with a text, Discord calls it otherwise, and Teams
// wants a card.
func webhook(u *url.URL, n *note) ([]*http.Request, error) {
	switch h := strings.ToLower(u.Hostname()); {
	case h == "discord.com" || h == "discordapp.com":
		return jsonRequest(http.MethodPost, u.String(), map[string]string{"content": n.whole()})
	case strings.HasSuffix(h, ".logic.azure.com") || strings.HasSuffix(h, ".api.powerplatform.com"):
		return jsonRequest(http.MethodPost, u.String(), teamsCard(n))
	}
	return jsonRequest(http.MethodPost, u.String(), map[string]string{"text": n.whole()})
}

// teamsCard is a note as the workflows of Teams take it that post what a webhook gets: an
// Adaptive Card. (The library has the connectors that these replaced.)
func teamsCard(n *note) any {
	type object = map[string]any
	body := []object{{"type": "TextBlock", "text": n.title, "weight": "Bolder", "wrap": true}}
	if text := Cut(strings.TrimSpace(n.text), maxNote); text != "" {
		// One line end alone is a blank there.
		body = append(body, object{"type": "TextBlock", "text": strings.ReplaceAll(text, "\n", "\n\n"), "wrap": true})
	}
	card := object{"type": "AdaptiveCard", "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "version": "1.4", "body": body}
	if n.link != "" {
		card["actions"] = []object{{"type": "Action.OpenUrl", "title": n.label, "url": n.link}}
	}
	return object{"type": "message", "attachments": []object{{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}}}
}

func slackHook(u *url.URL, n *note) ([]*http.Request, error) {
	c, err := slack.CreateConfigFromURL(u)
	if err != nil {
		return nil, err
	}
	if c.Token.IsAPIToken() {
		return nil, errors.New("it is a bot's token, not a webhook's")
	}
	return jsonRequest(http.MethodPost, c.Token.WebhookURL(), map[string]string{"text": n.whole()})
}

func zulipStream(u *url.URL, n *note) ([]*http.Request, error) {
	c, err := zulip.CreateConfigFromURL(u)
	if err != nil {
		return nil, err
	}
	if c.Stream == "" {
		return nil, errors.New("it names no stream")
	}
	to := url.URL{Scheme: "https", Host: u.Host, Path: "/api/v1/messages"}
	r, err := http.NewRequest(http.MethodPost, to.String(), strings.NewReader(zulip.CreatePayload(c, n.whole()).Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(c.BotMail, c.BotKey)
	return []*http.Request{r}, nil
}

// matrixRooms writes to rooms that the owner of the token is in, by the client-server
// API: PUT /rooms/{roomId}/send/{eventType}/{txnId}.
func matrixRooms(u *url.URL, n *note) (all []*http.Request, err error) {
	token, _ := u.User.Password()
	rooms := u.Query().Get("rooms")
	switch {
	case u.User.Username() != "" || token == "":
		return nil, errors.New("it needs an access token in place of the password, and no user")
	case rooms == "":
		return nil, errors.New("it names no rooms")
	}
	for room := range strings.SplitSeq(rooms, ",") {
		if room = strings.TrimSpace(room); !strings.HasPrefix(room, "!") {
			return nil, errors.New("a room is named by its ID, which begins with !")
		}
		to := "https://" + u.Host + "/_matrix/client/v3/rooms/" + url.PathEscape(room) + "/send/m.room.message/" + topic(n.id+" "+room)
		one, err := jsonRequest(http.MethodPut, to, map[string]any{
			"msgtype": "m.text", "body": n.whole(),
			"m.mentions": struct{}{}, // nobody, whatever the text says
		})
		if err != nil {
			return nil, err
		}
		one[0].Header.Set("Authorization", "Bearer "+token)
		all = append(all, one...)
	}
	return all, nil
}

func jsonRequest(method, to string, v any) ([]*http.Request, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(method, to, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	return []*http.Request{r}, nil
}

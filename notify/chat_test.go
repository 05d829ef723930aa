package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/account"
)

var (
	boardMeeting = &Message{ID: "r-1", Kind: KindReminder}
	boardWords   = &Words{Lang: "en", Title: "Board @all", When: "today", StopURL: "https://cal.example.org/remind/abc", Stop: "Stop", Later: "Later",
		Lines: []Line{{"Where", "<!here> [x](https://example.com) ann@example.org"}}}
)

const (
	joiner     = "\u2060"
	boardTitle = "Board @" + joiner + "all"
	boardText  = "today\nWhere: <" + joiner + "!here> [x]" + joiner + "(https://example.com) ann@example.org"
	boardLink  = "Stop / Later: https://cal.example.org/remind/abc"
)

// escaped is a text in JSON, as encoding/json has it.
func escaped(lines ...string) string {
	return strings.NewReplacer("\n", `\n`, "<", `\u003c`, ">", `\u003e`).Replace(strings.Join(lines, "\n"))
}

var boardJSON = `"` + escaped(boardTitle, boardText, boardLink) + `"`

// boardCard is the message as an Adaptive Card.
var boardCard = `{"attachments":[{"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json",` +
	`"actions":[{"title":"Stop / Later","type":"Action.OpenUrl","url":"https://cal.example.org/remind/abc"}],` +
	`"body":[{"text":"` + boardTitle + `","type":"TextBlock","weight":"Bolder","wrap":true},` +
	`{"text":"` + strings.ReplaceAll(escaped(boardText), `\n`, `\n\n`) + `","type":"TextBlock","wrap":true}],` +
	`"type":"AdaptiveCard","version":"1.4"},"contentType":"application/vnd.microsoft.card.adaptive"}],"type":"message"}`

// chatCases have the address of a channel, and what is asked when a message is told.
var chatCases = []struct{ address, shown, asked string }{
	{"https://chat.example.org/hooks/s3cret", "https://chat.example.org/…",
		"POST https://chat.example.org/hooks/s3cret\nContent-Type: application/json\n\n{\"text\":" + boardJSON + "}"},
	{"https://discord.com/api/webhooks/123456/s3cret", "https://discord.com/…",
		"POST https://discord.com/api/webhooks/123456/s3cret\nContent-Type: application/json\n\n{\"content\":" + boardJSON + "}"},
	// Google Chat takes what others do.
	{"https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=s3cret", "https://chat.googleapis.com/…",
		"POST https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=s3cret\nContent-Type: application/json\n\n{\"text\":" + boardJSON + "}"},
	// Teams, by both hosts of its workflows.
	{"https://prod-10.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke?api-version=1&sig=s3cret", "https://prod-10.westeurope.logic.azure.com:443/…",
		"POST https://prod-10.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke?api-version=1&sig=s3cret\nContent-Type: application/json\n\n" + boardCard},
	{"https://x.01.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/1/triggers/manual/paths/invoke?sig=s3cret", "https://x.01.environment.api.powerplatform.com/…",
		"POST https://x.01.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/1/triggers/manual/paths/invoke?sig=s3cret\nContent-Type: application/json\n\n" + boardCard},
	{"discord://s3cret@123456?json=yes", "discord://…",
		"POST https://discord.com/api/webhooks/123456/s3cret\nContent-Type: application/json\n\n{\"content\":" + boardJSON + "}"},
	{"gotify://gotify.example.org/Axxxxxxxxxs3cre", "gotify://gotify.example.org/…",
		"POST https://gotify.example.org/message?token=Axxxxxxxxxs3cre\nContent-Type: application/json\n\n" +
			"{\n\"message\": \"" + escaped(boardText, boardLink) + "\",\n\"title\": \"" + boardTitle + "\",\n\"priority\": 0,\n\"extras\": null\n}"},
	{"matrix://:s3cret@matrix.example.org/?rooms=!a:example.org,!b", "matrix://matrix.example.org/…",
		"PUT https://matrix.example.org/_matrix/client/v3/rooms/%21a:example.org/send/m.room.message/" + topic("r-1 !a:example.org") + "\nAuthorization: Bearer s3cret\nContent-Type: application/json\n\n" +
			"{\"body\":" + boardJSON + ",\"m.mentions\":{},\"msgtype\":\"m.text\"}\n" +
			"PUT https://matrix.example.org/_matrix/client/v3/rooms/%21b/send/m.room.message/" + topic("r-1 !b") + "\nAuthorization: Bearer s3cret\nContent-Type: application/json\n\n" +
			"{\"body\":" + boardJSON + ",\"m.mentions\":{},\"msgtype\":\"m.text\"}"},
	{"mattermost://chat.example.org:8065/s3cret/town", "mattermost://chat.example.org:8065/…",
		"POST https://chat.example.org:8065/hooks/s3cret\nContent-Type: application/json\n\n{\"text\":" + boardJSON + ",\"channel\":\"town\"}"},
	{"ntfy://me:s3cret@ntfy.example.org/topic", "ntfy://ntfy.example.org/…",
		"POST https://ntfy.example.org/topic\nActions: view, Stop / Later, https://cal.example.org/remind/abc\nAuthorization: Basic bWU6czNjcmV0\n" +
			"Click: https://cal.example.org/remind/abc\nContent-Type: text/plain; charset=utf-8\nPriority: Default\nTitle: " + boardTitle + "\n\n" + boardText},
	{"rocketchat://chat.example.org/one/s3cret/plans", "rocketchat://chat.example.org/…",
		"POST https://chat.example.org/hooks/one/s3cret\nContent-Type: application/json\n\n{\"text\":" + boardJSON + ",\"channel\":\"#plans\"}"},
	{"slack://hook:AAAAAAAAA-BBBBBBBBB-123456789123456789123456@webhook", "slack://…",
		"POST https://hooks.slack.com/services/AAAAAAAAA/BBBBBBBBB/123456789123456789123456\nContent-Type: application/json\n\n{\"text\":" + boardJSON + "}"},
	// What a stranger wrote is no markup, whatever the address says.
	{"telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0@telegram?chats=42&parsemode=HTML&title=x", "telegram://…",
		"POST https://api.telegram.org/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0/sendMessage\nContent-Type: application/json\n\n" +
			"{\n\"text\": " + boardJSON + ",\n\"chat_id\": \"42\",\n\"disable_web_page_preview\": true,\n\"disable_notification\": false,\n\"reply_to_message_id\": 0\n}"},
	{"zulip://bot@example.org:s3cret@zulip.example.org/?stream=plans&topic=board", "zulip://zulip.example.org/…",
		"POST https://zulip.example.org/api/v1/messages\nAuthorization: Basic Ym90QGV4YW1wbGUub3JnOnMzY3JldA==\nContent-Type: application/x-www-form-urlencoded\n\n" +
			"content=Board+%40%E2%81%A0all%0Atoday%0AWhere%3A+%3C%E2%81%A0%21here%3E+%5Bx%5D%E2%81%A0%28https%3A%2F%2Fexample.com%29+ann%40example.org%0A" +
			"Stop+%2F+Later%3A+https%3A%2F%2Fcal.example.org%2Fremind%2Fabc&to=plans&topic=board&type=stream"},
}

// write is a request as chatCases have it; every one has the same User-Agent.
func (a asked) write() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", a.Method, a.URL)
	for _, key := range slices.Sorted(maps.Keys(a.Header)) {
		if !slices.Contains([]string{"Accept-Encoding", "Content-Length", "User-Agent"}, key) {
			fmt.Fprintf(&b, "%s: %s\n", key, strings.Join(a.Header[key], ", "))
		}
	}
	return b.String() + "\n" + a.Body
}

func TestChatServices(t *testing.T) {
	f := newFar(t, false)
	c := NewChatter(f.courier)
	tried := map[string]bool{"http": true}
	for _, test := range chatCases {
		to := &account.Channel{Kind: account.Chat, Address: test.address}
		if err := c.Check(to); err != nil || len(f.take()) > 0 {
			t.Errorf("%s is refused, or asked: %v", test.address, err)
		}
		if err := c.Send(t.Context(), to, boardMeeting, boardWords); err != nil {
			t.Errorf("%s: %v", test.address, err)
		}
		var got []string
		for _, a := range f.take() {
			got = append(got, a.write())
			if agent := a.Header.Get("User-Agent"); agent != "almanac" {
				t.Errorf("%s: User-Agent %q", test.address, agent)
			}
			if host := c.Host(to); !strings.HasPrefix(a.URL, "https://"+host) {
				t.Errorf("%s: asks %s, not %s", test.address, a.URL, host)
			}
		}
		if got := strings.Join(got, "\n"); got != test.asked {
			t.Errorf("%s asks\n%s\nwant\n%s", test.address, got, test.asked)
		}
		if got := Shown(to); got != test.shown { // without the secret
			t.Errorf("%s is shown as %s", test.address, got)
		}
		scheme, _, _ := strings.Cut(test.address, ":")
		tried[scheme] = true
	}
	for scheme := range chatServices {
		if !tried[scheme] {
			t.Errorf("%s is not tried", scheme)
		}
	}
}

func TestChatAddresses(t *testing.T) {
	c := NewChatter(NewCourier(false, nil, time.Now))
	for _, test := range []struct{ address, want string }{
		{"\x80://", "the address is no URL"},
		{"smtp://mail.example.org", `"smtp" is none of discord, gotify, https, matrix, mattermost, ntfy, rocketchat, slack, telegram, zulip`},
		{"http://chat.example.org/hooks/s3cret", "http: chat.example.org: it has to begin with https://"},
		{"https:///hooks/s3cret", "https: : it names no host"},
		{"https://127.0.0.1/hooks/s3cret", "https: 127.0.0.1: its address is not one of the public internet"},
		{"https://[fd00::1]/hooks/s3cret", "https: fd00::1: its address is not one of the public internet"},
		{"mattermost://[::ffff:10.0.0.1]/s3cret", "mattermost: ::ffff:10.0.0.1: its address is not one of the public internet"},
		{"mattermost://chat.example.org/s3cret?disabletls=yes", "mattermost: chat.example.org: it has to begin with https://"},
		{"ntfy://chat.example.org/s3cret?scheme=file", "ntfy: chat.example.org: it has to begin with https://"},
		{"matrix://ann:s3cret@matrix.example.org/?rooms=!a", "matrix: it needs an access token in place of the password, and no user; it has to be like matrix://:ACCESS-TOKEN@matrix.example.org/?rooms=!ROOM-ID:example.org"},
		{"matrix://:s3cret@matrix.example.org/", "matrix: it names no rooms; it has to be like matrix://:ACCESS-TOKEN@matrix.example.org/?rooms=!ROOM-ID:example.org"},
		{"matrix://:s3cret@matrix.example.org/?rooms=plans", "matrix: a room is named by its ID, which begins with !; it has to be like matrix://:ACCESS-TOKEN@matrix.example.org/?rooms=!ROOM-ID:example.org"},
		{"matrix://:s3cret@matrix.example.org/?rooms=" + strings.Repeat("!a,", 10) + "!a", "matrix: 11 rooms are more than 10"},
		{"slack://xoxb:123456789012-1234567890123-4mt0t4l1YL3g1T5L4cK70k3N@C001CH4NN3L", "slack: it is a bot's token, not a webhook's; it has to be like slack://hook:TOKEN-A-TOKEN-B-TOKEN-C@webhook"},
		{"telegram://s3cret@telegram?chats=42", "telegram: invalid telegram token; it has to be like telegram://TOKEN@telegram?chats=CHAT-ID"},
		{"telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0@telegram?chats=" + strings.Repeat("1,", 1000), "telegram: 11 rooms are more than 10"},
		{"zulip://bot@example.org:s3cret@zulip.example.org/", "zulip: it names no stream; it has to be like zulip://BOT-ADDRESS:KEY@zulip.example.org/?stream=STREAM&topic=TOPIC"},
	} {
		to := &account.Channel{Kind: account.Chat, Address: test.address}
		if err := c.Check(to); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v\nwant %s", test.address, err, test.want)
		}
		err := c.Send(t.Context(), to, boardMeeting, boardWords)
		if final := (*GiveUp)(nil); !errors.As(err, &final) || final.Gone || final.Reason != test.want {
			t.Errorf("%s, sent: %v", test.address, err)
		}
	}
	// Within one's own network less is asked for.
	c = NewChatter(NewCourier(true, nil, time.Now))
	if err := c.Check(&account.Channel{Address: "http://127.0.0.1:8065/hooks/s3cret"}); err != nil {
		t.Error(err)
	}
}

// A room that is no more is an error that somebody has to see, and the channel stays.
func TestChatRefused(t *testing.T) {
	f := newFar(t, false)
	f.answers(404, "", `{"id":"web.incoming_webhook","message":"Invalid webhook.","status_code":404}`)
	err := NewChatter(f.courier).Send(t.Context(), &account.Channel{Address: chatCases[0].address}, boardMeeting, boardWords)
	want := GiveUp{Reason: "chat.example.org answers 404 Not Found: Invalid webhook."}
	if final := (*GiveUp)(nil); !errors.As(err, &final) || *final != want {
		t.Errorf("%#v", err)
	}
}

// The library's part for Telegram has one client for all.
func TestTelegramAtOnce(t *testing.T) {
	c := NewChatter(NewCourier(false, nil, time.Now))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			text := fmt.Sprint("text ", i)
			all, err := c.requests(context.Background(), fmt.Sprintf("telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw%d@telegram?chats=42", i), &note{text: text})
			if err != nil || len(all) != 1 || !strings.Contains(all[0].URL.Path, fmt.Sprintf("AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw%d", i)) {
				t.Errorf("%d: %v, %v", i, all, err)
			}
		})
	}
	group.Wait()
}

func TestTame(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"write to ann@example.org", "write to ann@example.org"},
		{"https://example.org/@ann", "https://example.org/@ann"},
		{"@all", "@" + joiner + "all"},
		{"(@channel)", "(@" + joiner + "channel)"},
		{"@@all", "@" + joiner + "@" + joiner + "all"},
		{"x@everyone x@here", "x@" + joiner + "everyone x@" + joiner + "here"},
		{"<!channel> <@U123>", "<" + joiner + "!channel> <" + joiner + "@" + joiner + "U123>"},
		{"[bank](https://example.com)", "[bank]" + joiner + "(https://example.com)"},
		{"a\tb\nc\x00\x1b[31m\rd", "a\tb\nc[31md"},
	} {
		if got := tame(test.text); got != test.want {
			t.Errorf("%q becomes %q, want %q", test.text, got, test.want)
		}
	}
}

// However much a message says, what is sent is short, and has the link.
func TestNoteFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &Words{Title: rapid.String().Draw(t, "title"), When: rapid.String().Draw(t, "when"), StopURL: "https://cal.example.org/remind/abc", Stop: "Stop",
			Lines: []Line{{"Notes", strings.Repeat(rapid.StringN(1, 50, -1).Draw(t, "notes"), rapid.IntRange(0, 100).Draw(t, "times"))}}}
		s := noteOf(boardMeeting, w).whole()
		text, ok := strings.CutSuffix(s, "\nStop: https://cal.example.org/remind/abc")
		if !ok || len(text) > maxNote || strings.Contains(text, "](") {
			t.Fatalf("%q", s)
		}
	})
}

package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/ical/zone"
)

// A text is one text in the languages of account.Languages, in their order.
type text [4]string

func (t text) in(lang string) string {
	return t[max(slices.Index(account.Languages, lang), 0)]
}

// The texts of messages.
var (
	tStop      = text{"Stop", "Arrêter", "Stopp", "Ferma"}
	tLater     = text{"Later", "Plus tard", "Später", "Più tardi"}
	tWhere     = text{"Where", "Lieu", "Ort", "Dove"}
	tCalendar  = text{"Calendar", "Agenda", "Kalender", "Calendario"}
	tList      = text{"Task list", "Liste de tâches", "Aufgabenliste", "Elenco di attività"}
	tNotes     = text{"Notes", "Notes", "Notizen", "Note"}
	tLink      = text{"Link", "Lien", "Link", "Collegamento"}
	tUntitled  = text{"(no title)", "(sans titre)", "(ohne Titel)", "(senza titolo)"}
	tDue       = text{"due %s", "à faire pour %s", "fällig %s", "da fare entro %s"}
	tAllDay    = text{"all day", "toute la journée", "ganztägig", "tutto il giorno"}
	tLate      = text{"This reminder comes late: it was due %s.", "Ce rappel arrive en retard\u00a0: il était prévu %s.", "Diese Erinnerung kommt verspätet: sie war für %s vorgesehen.", "Questo promemoria arriva in ritardo: era previsto per %s."}
	tAgain     = text{"You will be reminded again %s, until you stop it.", "Vous recevrez un nouveau rappel %s, jusqu’à ce que vous l’arrêtiez.", "Sie werden %s wieder erinnert, bis Sie es stoppen.", "Riceverà un altro promemoria %s, finché non lo ferma."}
	tFollowUp  = text{"Reminder %d", "Rappel n° %d", "Erinnerung %d", "Promemoria %d"}
	tWhy       = text{"You get this because an alarm in your calendar says so.", "Vous recevez ce message parce qu’une alarme de votre agenda le demande.", "Sie erhalten dies, weil ein Alarm in Ihrem Kalender es so vorsieht.", "Riceve questo messaggio perché lo chiede un avviso del suo calendario."}
	tTest      = text{"A test from almanac", "Un essai d’almanac", "Ein Test von almanac", "Una prova di almanac"}
	tTestBody  = text{"Reminders will arrive here.", "Les rappels arriveront ici.", "Erinnerungen kommen hier an.", "I promemoria arriveranno qui."}
	tRole      = text{"Your role in %s has changed", "Votre rôle dans %s a changé", "Ihre Rolle in %s hat sich geändert", "Il suo ruolo in %s è cambiato"}
	tRoleFrom  = text{"Before", "Avant", "Bisher", "Prima"}
	tRoleNow   = text{"Now", "Maintenant", "Jetzt", "Ora"}
	tRoleBy    = text{"Changed by", "Changé par", "Geändert von", "Cambiato da"}
	tRoleNone  = text{"none", "aucun", "keine", "nessuno"}
	tVerify    = text{"Confirm this mail address", "Confirmez cette adresse", "Bestätigen Sie diese Adresse", "Confermi questo indirizzo"}
	tVerifyDo  = text{"Open the link to have reminders sent to this address. If you did not ask for it, do nothing.", "Ouvrez le lien pour recevoir les rappels à cette adresse. Si vous n’avez rien demandé, ne faites rien.", "Öffnen Sie den Link, um Erinnerungen an diese Adresse zu erhalten. Wenn Sie das nicht wollten, tun Sie nichts.", "Apra il collegamento per ricevere i promemoria a questo indirizzo. Se non l’ha chiesto, non faccia nulla."}
	tConfirm   = text{"Confirm", "Confirmer", "Bestätigen", "Conferma"}
	tGone      = text{"Reminders no longer arrive in %s", "Les rappels n’arrivent plus dans %s", "Erinnerungen kommen in %s nicht mehr an", "I promemoria non arrivano più in %s"}
	tGoneBody  = text{"That browser has ended its notifications, and was removed from your channels. To have reminders there again, open the page Reminders in it and turn notifications on.", "Ce navigateur a mis fin à ses notifications ; il a été retiré de vos moyens d’être averti. Pour y recevoir de nouveau des rappels, ouvrez-y la page Rappels et activez les notifications.", "Dieser Browser hat seine Benachrichtigungen beendet und wurde aus Ihren Kanälen entfernt. Damit dort wieder Erinnerungen ankommen, öffnen Sie darin die Seite Erinnerungen und schalten Sie die Benachrichtigungen ein.", "Quel browser ha terminato le sue notifiche ed è stato rimosso dai suoi canali. Per ricevervi di nuovo i promemoria, vi apra la pagina Promemoria e attivi le notifiche."}
	tRoleNames = map[string]text{
		"owner":         {"legal owner", "propriétaire légal", "rechtliche Inhaberin oder rechtlicher Inhaber", "titolare legale"},
		"administrator": {"administrator", "administrateur", "Administratorin oder Administrator", "amministratore"},
		"collaborator":  {"collaborator", "collaborateur", "Mitarbeiterin oder Mitarbeiter", "collaboratore"},
		"guest":         {"external guest", "invité externe", "externer Gast", "ospite esterno"},
	}
)

var (
	weekdays = [4][7]string{
		{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
		{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
		{"domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"},
	}
	months = [4][12]string{
		{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
		{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
		{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"},
	}
)

// Day writes a date: "Tuesday 10 March 2026".
func Day(t time.Time, lang string) string {
	i := max(slices.Index(account.Languages, lang), 0)
	day := fmt.Sprint(t.Day())
	switch {
	case lang == "de":
		day += "."
	case lang == "fr" && t.Day() == 1:
		day = "1er"
	}
	return fmt.Sprintf("%s %s %s %d", weekdays[i][t.Weekday()], day, months[i][t.Month()-1], t.Year())
}

// Moment writes a date and a time: "Tuesday 10 March 2026, 10:00".
func Moment(t time.Time, lang string) string { return Day(t, lang) + ", " + t.Format("15:04") }

// When writes when something is, in its zone.
func (r *Reminder) When(lang string) string {
	if r.Start.IsZero() {
		return ""
	}
	loc := Location(r.Zone)
	start, end := r.Start.In(loc), r.End.In(loc)
	sameDay := func(a, b time.Time) bool { return a.YearDay() == b.YearDay() && a.Year() == b.Year() }
	var s string
	switch {
	case r.AllDay:
		last := end.Add(-time.Second)
		if s = Day(start, lang); last.After(start) && !sameDay(start, last) {
			s += " – " + Day(last, lang)
		}
		if !r.Task {
			s += ", " + tAllDay.in(lang)
		}
	case !end.After(start):
		s = Moment(start, lang)
	case sameDay(start, end):
		s = Moment(start, lang) + " – " + end.Format("15:04")
	default:
		s = Moment(start, lang) + " – " + Moment(end, lang)
	}
	if r.Task {
		if end.After(start) && !r.AllDay {
			s = Moment(end, lang)
		}
		return fmt.Sprintf(tDue.in(lang), s)
	}
	return s
}

// Location is a zone by its IANA name, UTC when there is none of that name.
func Location(name string) *time.Location {
	if _, err := zone.Load(name); err != nil {
		return time.UTC
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Links make addresses of pages that need no signing in.
type Links interface {
	// Stop is the page of a reminder, "" for none.
	Stop(Ref) string
	// Verify is the page that confirms a mail address.
	Verify(m *Message) string
}

// WordsOf says what a message says in a language; links may be nil.
func WordsOf(m *Message, lang string, links Links) *Words {
	if !slices.Contains(account.Languages, lang) {
		lang = account.Languages[0]
	}
	w := &Words{Lang: lang}
	line := func(label text, value string) {
		if value != "" {
			w.Lines = append(w.Lines, Line{label.in(lang), value})
		}
	}
	switch {
	case m.Kind == KindReminder && m.Reminder != nil:
		r := m.Reminder
		loc := Location(r.Zone)
		w.Title, w.When, w.Footer = r.Summary, r.When(lang), tWhy.in(lang)
		if w.Title == "" {
			w.Title = tUntitled.in(lang)
		}
		line(tWhere, r.Location)
		if r.Task {
			line(tList, r.Calendar)
		} else {
			line(tCalendar, r.Calendar)
		}
		line(tLink, r.URL)
		line(tNotes, r.Description)
		if m.Late {
			w.Late = fmt.Sprintf(tLate.in(lang), Moment(m.At.In(loc), lang))
		}
		if r.FollowUp > 0 {
			w.Count = fmt.Sprintf(tFollowUp.in(lang), r.FollowUp+1)
		}
		if !r.NextAt.IsZero() {
			w.Again = fmt.Sprintf(tAgain.in(lang), Moment(r.NextAt.In(loc), lang))
		}
		if links != nil {
			w.StopURL, w.Stop, w.Later = links.Stop(r.Ref), tStop.in(lang), tLater.in(lang)
		}
	case m.Kind == KindRole && m.Role != nil:
		n := m.Role
		w.Title = fmt.Sprintf(tRole.in(lang), n.Org)
		line(tRoleFrom, roleName(n.From, lang))
		line(tRoleNow, roleName(n.Now, lang))
		line(tRoleBy, n.By)
	case m.Kind == KindVerify:
		w.Title, w.When = tVerify.in(lang), tVerifyDo.in(lang)
		if links != nil {
			w.StopURL, w.Stop = links.Verify(m), tConfirm.in(lang)
		}
	case m.Kind == KindGone:
		w.Title, w.When = fmt.Sprintf(tGone.in(lang), m.Lost), tGoneBody.in(lang)
	default:
		w.Title, w.When = tTest.in(lang), tTestBody.in(lang)
	}
	w.Title = strings.Join(strings.Fields(w.Title), " ")
	return w
}

func roleName(role, lang string) string {
	if role == "" {
		return tRoleNone.in(lang)
	}
	if t, ok := tRoleNames[role]; ok {
		return t.in(lang)
	}
	return role
}

// Plain is the whole message as text, without its title.
func (w *Words) Plain() string {
	var b strings.Builder
	for _, s := range []string{w.When, w.Late, w.Count} {
		if s != "" {
			b.WriteString(s + "\n")
		}
	}
	for _, l := range w.Lines {
		b.WriteString(l.Label + ": " + l.Text + "\n")
	}
	if w.Again != "" {
		b.WriteString("\n" + w.Again + "\n")
	}
	if w.StopURL != "" {
		b.WriteString("\n" + w.StopLabel() + ": " + w.StopURL + "\n")
	}
	return b.String()
}

// StopLabel names what the link is for: "Stop / Later".
func (w *Words) StopLabel() string {
	if w.Later == "" {
		return w.Stop
	}
	return w.Stop + " / " + w.Later
}

package web

// reminderMessages are what is said to who has followed a link in a message.
var reminderMessages = map[string]message{
	"stop.title":    {"Reminder", "Rappel", "Erinnerung", "Promemoria"},
	"stop.untitled": {"(no title)", "(sans titre)", "(ohne Titel)", "(senza titolo)"},
	"stop.stop":     {"Stop", "Arrêter", "Stopp", "Ferma"},
	"stop.stopped": {
		"Stopped, on all your devices.",
		"Arrêté, sur tous vos appareils.",
		"Gestoppt, auf allen Ihren Geräten.",
		"Fermato, su tutti i tuoi dispositivi.",
	},
	"stop.again": {
		"You will be reminded again: %s.",
		"Vous recevrez un nouveau rappel : %s.",
		"Sie werden wieder erinnert: %s.",
		"Riceverai un altro promemoria: %s.",
	},
	"stop.insists": {
		"You are reminded again and again until you stop it.",
		"Le rappel revient jusqu’à ce que vous l’arrêtiez.",
		"Die Erinnerung kommt immer wieder, bis Sie sie stoppen.",
		"Il promemoria torna finché non lo fermi.",
	},
	"stop.later":          {"Remind me later", "Me le rappeler plus tard", "Später erinnern", "Ricordamelo più tardi"},
	"stop.later.10m":      {"In 10 minutes", "Dans 10 minutes", "In 10 Minuten", "Tra 10 minuti"},
	"stop.later.1h":       {"In 1 hour", "Dans 1 heure", "In 1 Stunde", "Tra 1 ora"},
	"stop.later.tomorrow": {"Tomorrow at 8:00", "Demain à 8:00", "Morgen um 8:00", "Domani alle 8:00"},
	"stop.old.title":      {"This link is no longer valid", "Ce lien n’est plus valable", "Dieser Link gilt nicht mehr", "Questo link non è più valido"},
	"stop.old": {
		"It is too old, or a part of it is missing. Newer messages have a newer link.",
		"Il est trop ancien ou incomplet. Les messages plus récents ont un lien plus récent.",
		"Er ist zu alt oder unvollständig. Neuere Nachrichten haben einen neueren Link.",
		"È troppo vecchio o incompleto. I messaggi più recenti hanno un link più recente.",
	},
	"stop.gone.title": {"No longer there", "N’existe plus", "Nicht mehr da", "Non c’è più"},
	"stop.gone": {
		"What this reminder was about has been deleted, or has no such alarm any more. Nothing more will come of it.",
		"Ce que ce rappel concernait a été supprimé ou n’a plus cette alarme. Il ne reviendra pas.",
		"Worum es bei dieser Erinnerung ging, wurde gelöscht oder hat diesen Alarm nicht mehr. Es kommt nichts mehr.",
		"Ciò che riguardava questo promemoria è stato eliminato o non ha più questo avviso. Non arriverà altro.",
	},

	"verify.title": {"Reminders by mail", "Rappels par e-mail", "Erinnerungen per E-Mail", "Promemoria per e-mail"},
	"verify.text": {
		"%s wants to get reminders at this address:",
		"%s souhaite recevoir des rappels à cette adresse :",
		"%s möchte Erinnerungen an diese Adresse bekommen:",
		"%s vuole ricevere promemoria a questo indirizzo:",
	},
	"verify.not": {
		"If that was not you, close this page: nothing will be sent.",
		"Si ce n’est pas vous, fermez cette page : rien ne sera envoyé.",
		"Waren Sie das nicht, schließen Sie diese Seite: Es wird nichts gesendet.",
		"Se non sei stato tu, chiudi questa pagina: non verrà inviato nulla.",
	},
	"verify.button": {"Confirm the address", "Confirmer l’adresse", "Adresse bestätigen", "Conferma l’indirizzo"},
	"verify.done": {
		"Reminders will come to %s.",
		"Les rappels arriveront à %s.",
		"Erinnerungen kommen an %s.",
		"I promemoria arriveranno a %s.",
	},
	"verify.gone": {
		"The address was taken away again. Nothing will be sent to it.",
		"L’adresse a été retirée. Rien n’y sera envoyé.",
		"Die Adresse wurde wieder entfernt. An sie wird nichts gesendet.",
		"L’indirizzo è stato rimosso. Non gli verrà inviato nulla.",
	},
}

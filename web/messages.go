package web

import (
	"maps"
	"strings"
)

// A message is one text in all languages, in the order of langs.
type message [4]string

// messages are all texts of the pages. Tests see to it that no language lacks one
// and that none is left that no page has.
var messages = func() map[string]message {
	all := map[string]message{}
	for _, part := range []map[string]message{frameMessages, connectMessages, programMessages, accountMessages, activityMessages, reminderMessages, remindersMessages} {
		maps.Copy(all, part)
	}
	// French sets its signs apart by a space at which no line breaks.
	signs := strings.NewReplacer("« ", "«\u00a0", " »", "\u00a0»", " :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?")
	for key, m := range all {
		i := french.index()
		m[i] = signs.Replace(m[i])
		all[key] = m
	}
	return all
}()

// frameMessages are what is around every page, signing in, and errors.
var frameMessages = map[string]message{
	"nav.skip":      {"Skip to the content", "Aller au contenu", "Zum Inhalt", "Vai al contenuto"},
	"nav.label":     {"Pages", "Pages", "Seiten", "Pagine"},
	"nav.connect":   {"Connect", "Connecter", "Verbinden", "Collega"},
	"nav.devices":   {"Devices", "Appareils", "Geräte", "Dispositivi"},
	"nav.security":  {"Security", "Sécurité", "Sicherheit", "Sicurezza"},
	"nav.reminders": {"Reminders", "Rappels", "Erinnerungen", "Promemoria"},
	"nav.activity":  {"Activity", "Activité", "Aktivität", "Attività"},
	"nav.signout":   {"Sign out", "Se déconnecter", "Abmelden", "Esci"},
	"nav.language":  {"Language", "Langue", "Sprache", "Lingua"},
	"home":          {"To the start", "Retour à l’accueil", "Zur Startseite", "Alla pagina iniziale"},
	"back":          {"Back", "Retour", "Zurück", "Indietro"},
	"cancel":        {"Cancel", "Annuler", "Abbrechen", "Annulla"},
	"or":            {"or", "ou", "oder", "oppure"},
	"copy":          {"Copy", "Copier", "Kopieren", "Copia"},
	"copy.done":     {"Copied", "Copié", "Kopiert", "Copiato"},
	"address":       {"Server address", "Adresse du serveur", "Serveradresse", "Indirizzo del server"},
	"user":          {"User name", "Nom d’utilisateur", "Benutzername", "Nome utente"},
	"password":      {"Password", "Mot de passe", "Passwort", "Password"},
	"insecure": {
		"This connection is not encrypted: anyone on the way can read the passwords. Use it only in a network that you trust.",
		"Cette connexion n’est pas chiffrée : n’importe qui sur le trajet peut lire les mots de passe. Utilisez-la uniquement dans un réseau de confiance.",
		"Diese Verbindung ist nicht verschlüsselt: Wer dazwischen sitzt, kann die Passwörter lesen. Nutzen Sie sie nur in einem Netz, dem Sie vertrauen.",
		"Questa connessione non è cifrata: chiunque si trovi lungo il percorso può leggere le password. Usala solo in una rete di cui ti fidi.",
	},

	"signin.title":  {"Sign in", "Connexion", "Anmelden", "Accedi"},
	"signin.button": {"Sign in", "Se connecter", "Anmelden", "Accedi"},
	"signin.oidc":   {"Sign in with %s", "Se connecter avec %s", "Mit %s anmelden", "Accedi con %s"},
	"signin.wrong": {
		"User name and password do not belong together.",
		"Le nom d’utilisateur et le mot de passe ne vont pas ensemble.",
		"Benutzername und Passwort gehören nicht zusammen.",
		"Nome utente e password non corrispondono.",
	},
	"signin.wrongcode": {
		"The code is wrong, or was used already. Each code works once: wait for the next one.",
		"Le code est faux ou a déjà servi. Chaque code ne sert qu’une fois : attendez le suivant.",
		"Der Code ist falsch oder wurde schon benutzt. Jeder Code gilt einmal: Warten Sie auf den nächsten.",
		"Il codice è sbagliato o è già stato usato. Ogni codice vale una volta: attendi il prossimo.",
	},
	"signin.late": {
		"That took too long. Please sign in again.",
		"Cela a pris trop de temps. Veuillez vous reconnecter.",
		"Das hat zu lange gedauert. Bitte melden Sie sich noch einmal an.",
		"È passato troppo tempo. Accedi di nuovo.",
	},
	"oidc.failed": {
		"Signing in there did not work. Please try again.",
		"La connexion n’a pas abouti là-bas. Veuillez réessayer.",
		"Die Anmeldung dort hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
		"L’accesso lì non è riuscito. Riprova.",
	},
	"oidc.noaccount": {
		"There is no account here for you. Ask whoever runs this server.",
		"Il n’y a pas de compte pour vous ici. Adressez-vous à l’administration de ce serveur.",
		"Hier gibt es kein Konto für Sie. Fragen Sie, wer diesen Server betreibt.",
		"Qui non c’è un account per te. Chiedi a chi gestisce questo server.",
	},
	"code.title": {"One more step", "Encore une étape", "Noch ein Schritt", "Ancora un passo"},
	"code.text": {
		"Type the six digits that your authenticator app shows now.",
		"Saisissez les six chiffres affichés par votre application d’authentification.",
		"Geben Sie die sechs Ziffern ein, die Ihre Authentifizierungs-App gerade zeigt.",
		"Scrivi le sei cifre che la tua app di autenticazione mostra ora.",
	},
	"code": {"Code", "Code", "Code", "Codice"},
	"code.lost": {
		"Without the app, use one of your recovery codes.",
		"Sans l’application, utilisez l’un de vos codes de secours.",
		"Ohne die App geht auch einer Ihrer Wiederherstellungscodes.",
		"Senza l’app puoi usare uno dei tuoi codici di recupero.",
	},

	"error.title": {"That did not work", "Cela n’a pas fonctionné", "Das hat nicht geklappt", "Non ha funzionato"},
	"error.nopage": {
		"There is no such page.", "Cette page n’existe pas.", "Diese Seite gibt es nicht.", "Questa pagina non esiste.",
	},
	"error.origin": {
		"The request came from another web site, and nothing was done.",
		"La demande venait d’un autre site ; rien n’a été fait.",
		"Die Anfrage kam von einer anderen Website; es ist nichts geschehen.",
		"La richiesta veniva da un altro sito: non è stato fatto nulla.",
	},
	"error.form": {
		"The form could not be read.", "Le formulaire est illisible.", "Das Formular war nicht lesbar.", "Il modulo non è leggibile.",
	},
	"error.slow": {
		"Too many tries failed. Wait a minute, then try again.",
		"Trop de tentatives ont échoué. Attendez une minute, puis réessayez.",
		"Zu viele Versuche sind fehlgeschlagen. Warten Sie eine Minute und versuchen Sie es dann wieder.",
		"Troppi tentativi falliti. Attendi un minuto e riprova.",
	},
	"error.unavailable": {
		"The directory that knows the passwords does not answer. Try again in a minute.",
		"L’annuaire qui connaît les mots de passe ne répond pas. Réessayez dans une minute.",
		"Das Verzeichnis, das die Passwörter kennt, antwortet nicht. Versuchen Sie es in einer Minute wieder.",
		"Il servizio che conosce le password non risponde. Riprova tra un minuto.",
	},
	"error.provider": {
		"The identity provider does not answer. Try again in a minute.",
		"Le fournisseur d’identité ne répond pas. Réessayez dans une minute.",
		"Der Identitätsanbieter antwortet nicht. Versuchen Sie es in einer Minute wieder.",
		"Il provider di identità non risponde. Riprova tra un minuto.",
	},
	"error.toomany": {
		"There are too many devices. Remove those that are not in use.",
		"Il y a trop d’appareils. Retirez ceux qui ne servent plus.",
		"Es sind zu viele Geräte. Entfernen Sie die, die nicht mehr benutzt werden.",
		"Ci sono troppi dispositivi. Rimuovi quelli che non usi.",
	},
	"error.fault": {
		"Something is wrong on the server. Its log says what.",
		"Il y a un problème sur le serveur. Son journal en dit plus.",
		"Auf dem Server stimmt etwas nicht. In seinem Protokoll steht, was.",
		"C’è un problema sul server. Il suo registro dice quale.",
	},
}

package web

// programMessages say what to do in which program.
var programMessages = map[string]message{
	"programs.title": {"Where to type it", "Où le saisir", "Wo es hingehört", "Dove scriverlo"},
	"programs.thunderbird": {
		"Calendar, New Calendar, On the Network: user name, and the address as location; then choose calendars and task lists. Address Book, New Address Book, Add CardDAV Address Book: the same.",
		"Agenda, Nouvel agenda, Sur le réseau : nom d’utilisateur, et l’adresse comme emplacement ; choisissez ensuite agendas et listes de tâches. Carnet d’adresses, Nouveau, Ajouter un carnet CardDAV : de même.",
		"Kalender, Neuer Kalender, Im Netzwerk: Benutzername, und die Adresse als Ort; dann Kalender und Aufgabenlisten wählen. Adressbuch, Neues Adressbuch, CardDAV-Adressbuch hinzufügen: ebenso.",
		"Calendario, Nuovo calendario, Sulla rete: nome utente, e l’indirizzo come posizione; poi scegli calendari ed elenchi di attività. Rubrica, Nuova rubrica, Aggiungi rubrica CardDAV: lo stesso.",
	},
	"programs.evolution": {
		"File, New, Collection Account: user name, and the address as server under Advanced Options.",
		"Fichier, Nouveau, Compte de collection : nom d’utilisateur, et l’adresse comme serveur dans les options avancées.",
		"Datei, Neu, Sammelkonto: Benutzername, und die Adresse als Server unter den erweiterten Optionen.",
		"File, Nuovo, Account collezione: nome utente, e l’indirizzo come server nelle opzioni avanzate.",
	},
	"programs.gnome": {
		"Settings, Online Accounts, Calendar, Contacts and Files: address, user name, password.",
		"Paramètres, Comptes en ligne, Agenda, contacts et fichiers : adresse, nom d’utilisateur, mot de passe.",
		"Einstellungen, Online-Konten, Kalender, Kontakte und Dateien: Adresse, Benutzername, Passwort.",
		"Impostazioni, Account online, Calendario, contatti e file: indirizzo, nome utente, password.",
	},
	"programs.kde": {
		"Add a DAV groupware resource, configure it by hand, and add the address once for CalDAV and once for CardDAV.",
		"Ajoutez une ressource de groupware DAV, configurez-la à la main et ajoutez l’adresse une fois pour CalDAV, une fois pour CardDAV.",
		"Eine DAV-Groupware-Ressource hinzufügen, von Hand einrichten und die Adresse einmal für CalDAV und einmal für CardDAV angeben.",
		"Aggiungi una risorsa groupware DAV, configurala a mano e inserisci l’indirizzo una volta per CalDAV e una per CardDAV.",
	},
	"programs.outlook": {
		"With CalDav Synchronizer: a profile “Generic CalDAV/CardDAV”, the address as DAV URL, “Test or discover settings”.",
		"Avec CalDav Synchronizer : un profil « Generic CalDAV/CardDAV », l’adresse comme URL DAV, puis « Test or discover settings ».",
		"Mit CalDav Synchronizer: ein Profil „Generic CalDAV/CardDAV“, die Adresse als DAV-URL, dann „Test or discover settings“.",
		"Con CalDav Synchronizer: un profilo «Generic CalDAV/CardDAV», l’indirizzo come URL DAV, poi «Test or discover settings».",
	},
	"programs.iphone": {
		"Settings, Apps, Calendar, Calendar Accounts, Add Account, Other: “Add CalDAV Account”, then “Add CardDAV Account”, each with server address, user name and password.",
		"Réglages, Apps, Calendrier, Comptes, Ajouter un compte, Autre : « Ajouter un compte CalDAV », puis « Ajouter un compte CardDAV », chacun avec adresse, nom d’utilisateur et mot de passe.",
		"Einstellungen, Apps, Kalender, Kalenderaccounts, Account hinzufügen, Andere: „CalDAV-Account hinzufügen“, dann „CardDAV-Account hinzufügen“, jeweils mit Serveradresse, Benutzername und Passwort.",
		"Impostazioni, App, Calendario, Account calendario, Aggiungi account, Altro: «Aggiungi account CalDAV», poi «Aggiungi account CardDAV», ciascuno con indirizzo, nome utente e password.",
	},
	"programs.mac": {
		"System Settings, Internet Accounts, Add Account, Add Other Account: CalDAV and CardDAV, each of the type “Manual”.",
		"Réglages Système, Comptes Internet, Ajouter un compte, Autre compte : CalDAV et CardDAV, chacun de type « Manuel ».",
		"Systemeinstellungen, Internetaccounts, Account hinzufügen, Anderen Account hinzufügen: CalDAV und CardDAV, jeweils vom Typ „Manuell“.",
		"Impostazioni di Sistema, Account Internet, Aggiungi account, Altro account: CalDAV e CardDAV, ciascuno di tipo «Manuale».",
	},
	"programs.others": {"All others", "Tous les autres", "Alle anderen", "Tutti gli altri"},
	"programs.others.text": {
		"Any program that speaks CalDAV or CardDAV finds the rest from the address. Where only a host name is asked for, it is %s.",
		"Tout programme qui parle CalDAV ou CardDAV trouve le reste à partir de l’adresse. S’il ne demande qu’un nom d’hôte, c’est %s.",
		"Jedes Programm, das CalDAV oder CardDAV spricht, findet alles Weitere über die Adresse. Wird nur nach einem Hostnamen gefragt, ist es %s.",
		"Ogni programma che parla CalDAV o CardDAV trova il resto dall’indirizzo. Se chiede solo un nome host, è %s.",
	},

	"place.server":       {"This server keeps calendars, address books and tasks.", "Ce serveur garde des calendriers, des carnets d’adresses et des tâches.", "Dieser Server bewahrt Kalender, Adressbücher und Aufgaben auf.", "Questo server custodisce calendari, rubriche e attività."},
	"place.principal":    {"This is the account of %s.", "C’est le compte de %s.", "Das ist das Konto von %s.", "Questo è l’account di %s."},
	"place.calendars":    {"Here are the calendars and task lists of %s.", "Ici se trouvent les calendriers et listes de tâches de %s.", "Hier liegen die Kalender und Aufgabenlisten von %s.", "Qui stanno i calendari e gli elenchi di attività di %s."},
	"place.addressbooks": {"Here are the address books of %s.", "Ici se trouvent les carnets d’adresses de %s.", "Hier liegen die Adressbücher von %s.", "Qui stanno le rubriche di %s."},
	"place.collection":   {"This is the address of one collection.", "C’est l’adresse d’une seule collection.", "Das ist die Adresse einer einzelnen Sammlung.", "Questo è l’indirizzo di una sola raccolta."},
	"place.notfor": {
		"This address is for calendar and contact programs rather than browsers.",
		"Cette adresse est destinée aux programmes de calendrier et de contacts plutôt qu’aux navigateurs.",
		"Diese Adresse ist eher für Kalender- und Kontaktprogramme als für Browser gedacht.",
		"Questo indirizzo è pensato per i programmi di calendario e contatti più che per i browser.",
	},
	"place.kept":             {"Kept here", "Contenu", "Inhalt", "Contenuto"},
	"place.kind.calendar":    {"Calendar", "Calendrier", "Kalender", "Calendario"},
	"place.kind.tasks":       {"Task list", "Liste de tâches", "Aufgabenliste", "Elenco di attività"},
	"place.kind.journal":     {"Journal", "Journal", "Journal", "Diario"},
	"place.kind.addressbook": {"Address book", "Carnet d’adresses", "Adressbuch", "Rubrica"},
	"place.entry":            {"1 entry", "1 entrée", "1 Eintrag", "1 voce"},
	"place.entries":          {"%d entries", "%d entrées", "%d Einträge", "%d voci"},
}

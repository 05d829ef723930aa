package web

// pushMessages are about notifications in the browser that shows the page.
var pushMessages = map[string]message{
	"push.title": {"Notifications in this browser", "Notifications dans ce navigateur", "Benachrichtigungen in diesem Browser", "Notifiche in questo browser"},
	"push.noscript": {
		"Turning them on here needs JavaScript.", "Les activer ici demande JavaScript.",
		"Um sie hier einzuschalten, braucht es JavaScript.", "Per attivarle qui serve JavaScript.",
	},
	"push.insecure": {
		"Browsers show notifications only of pages that are encrypted. Open this page by an address that begins with https.",
		"Les navigateurs n’affichent que les notifications de pages chiffrées. Ouvrez cette page par une adresse qui commence par https.",
		"Browser zeigen Benachrichtigungen nur von verschlüsselten Seiten. Öffnen Sie diese Seite mit einer Adresse, die mit https beginnt.",
		"I browser mostrano notifiche solo da pagine cifrate. Apri questa pagina con un indirizzo che inizia con https.",
	},
	"push.unable": {
		"This browser cannot show notifications of web pages. In a private window no browser does.",
		"Ce navigateur ne sait pas afficher de notifications de pages web. En navigation privée, aucun ne le fait.",
		"Dieser Browser kann keine Benachrichtigungen von Webseiten zeigen. In einem privaten Fenster tut es keiner.",
		"Questo browser non sa mostrare notifiche di pagine web. In una finestra anonima nessuno lo fa.",
	},
	"push.blocked": {
		"This browser was told to show no notifications of this page. Allow them in the browser’s settings for this page, then load it again.",
		"Ce navigateur a reçu l’ordre de n’afficher aucune notification de cette page. Autorisez-les dans ses réglages pour cette page, puis rechargez-la.",
		"Diesem Browser wurde gesagt, keine Benachrichtigungen dieser Seite zu zeigen. Erlauben Sie sie in seinen Einstellungen für diese Seite und laden Sie sie neu.",
		"A questo browser è stato detto di non mostrare notifiche di questa pagina. Consentile nelle sue impostazioni per questa pagina, poi ricaricala.",
	},
	"push.busy": {"One moment …", "Un instant…", "Einen Moment …", "Un momento…"},
	"push.failed": {
		"The browser could not turn them on: it did not reach its maker’s push service, or does not have one.",
		"Le navigateur n’a pas pu les activer : il n’a pas atteint le service de notifications de son éditeur, ou n’en a pas.",
		"Der Browser konnte sie nicht einschalten: Er hat den Push-Dienst seines Herstellers nicht erreicht, oder er hat keinen.",
		"Il browser non ha potuto attivarle: non ha raggiunto il servizio push del suo produttore, o non ne ha uno.",
	},
	"push.off": {
		"Reminders can be shown here, with buttons that stop them or put them off, also while this page is closed.",
		"Les rappels peuvent s’afficher ici, avec des boutons pour les arrêter ou les reporter, même quand cette page est fermée.",
		"Erinnerungen können hier erscheinen, mit Knöpfen zum Stoppen und Verschieben, auch wenn diese Seite geschlossen ist.",
		"I promemoria possono apparire qui, con pulsanti per fermarli o rimandarli, anche a pagina chiusa.",
	},
	"push.on":         {"Reminders are shown here.", "Les rappels s’affichent ici.", "Erinnerungen erscheinen hier.", "I promemoria appaiono qui."},
	"push.turn.on":    {"Turn on", "Activer", "Einschalten", "Attiva"},
	"push.turn.off":   {"Turn off", "Désactiver", "Ausschalten", "Disattiva"},
	"push.browser":    {"Browser", "Navigateur", "Browser", "Browser"},
	"error.push":      {"The subscription of this browser cannot be used.", "L’abonnement de ce navigateur n’est pas utilisable.", "Das Abonnement dieses Browsers ist nicht brauchbar.", "L’iscrizione di questo browser non è utilizzabile."},
	"error.push.many": {"There are too many ways to be reminded. Remove those that are not in use.", "Il y a trop de moyens de rappel. Retirez ceux qui ne servent plus.", "Es sind zu viele Wege, erinnert zu werden. Entfernen Sie die, die nicht mehr benutzt werden.", "Ci sono troppi modi per ricevere promemoria. Rimuovi quelli che non usi."},
}

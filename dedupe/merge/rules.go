package merge

import "strings"

// A how says what becomes of a value that the reference does not have.
type how uint8

const (
	many    how = iota // it gets a line of its own
	list               // it joins the texts of a line (RFC 6350 section 6.2.3)
	named              // FN and N, see names.go
	noted              // once in a card: another value becomes a line of the NOTE
	hidden             // once in a card: another value becomes an X-ALMANAC- property
	alt                // once in a card, but a second behind it does no harm
	remark             // NOTE: texts are put together
	ignored            // it is about the card, not the person
	beside             // it goes with the main property of its group
)

// A rule is what merging knows of one property.
type rule struct {
	how  how
	word string                   // what people call it; "" for the property's name
	form func(e *entry) form      // the normal form; nil for formExact
	fits func(full, e *form) bool // whether full says all that e says; nil when only equal keys do
}

// rules has a row for each property that is not simply something which can be repeated.
var rules = map[string]rule{
	"FN": {how: named, word: "name", form: formName, fits: fitsName},
	"N":  {how: named, word: "name", form: formName, fits: fitsName},

	"TEL":   {word: "phone", form: formPhone, fits: fitsPhone},
	"EMAIL": {word: "e-mail", form: formEmail},
	"ADR":   {word: "address", form: formAddress, fits: fitsAddress},
	"ORG":   {word: "organisation", form: formOrganisation, fits: fitsComponents},
	"TITLE": {word: "title", form: formWords},
	"ROLE":  {word: "role", form: formWords},
	"URL":   {word: "web address", form: formURL},
	"IMPP":  {word: "chat address", form: formAccount},
	"LABEL": {word: "address label", form: formText},

	"NICKNAME":   {how: list, word: "nickname", form: formText},
	"CATEGORIES": {how: list, word: "category", form: formText},
	"NOTE":       {how: remark, word: "note", form: formText},

	"PHOTO": {word: "photo", form: formMedia},
	"LOGO":  {word: "logo", form: formMedia},
	"SOUND": {word: "sound", form: formMedia},
	"KEY":   {word: "key", form: formMedia},

	"BDAY":        {how: noted, word: "birthday", form: formDate, fits: fitsDate},
	"DEATHDATE":   {how: noted, word: "day of death", form: formDate, fits: fitsDate},
	"ANNIVERSARY": {how: noted, word: "anniversary", form: formDate, fits: fitsDate},
	"BIRTHPLACE":  {how: noted, word: "birthplace", form: formText},
	"DEATHPLACE":  {how: noted, word: "place of death", form: formText},
	"GENDER":      {how: alt, word: "gender", form: formExact},
	"KIND":        {how: hidden, word: "kind", form: formText},
	"CLASS":       {how: alt, form: formExact},
	"NAME":        {how: alt, form: formText},
	"SORT-STRING": {how: alt, form: formText},
	"X-ABSHOWAS":  {how: alt, form: formText},

	"RELATED": {word: "related person", form: formRelated},
	"MEMBER":  {word: "member", form: formExact},

	"X-ABRELATEDNAMES":        {word: "related person", form: formLabelled},
	"X-ABDATE":                {word: "date", form: formLabelled},
	"X-SOCIALPROFILE":         {word: "profile", form: formAccount},
	"SOCIALPROFILE":           {word: "profile", form: formAccount},
	"X-ANNIVERSARY":           {word: "anniversary", form: formText},
	"X-EVOLUTION-ANNIVERSARY": {word: "anniversary", form: formText},
	"X-EVOLUTION-SPOUSE":      {word: "spouse", form: formText},
	"LANG":                    {word: "language", form: formText},
	"EXPERTISE":               {word: "expertise", form: formText},
	"HOBBY":                   {word: "hobby", form: formText},
	"INTEREST":                {word: "interest", form: formText},
	"JSPROP":                  {form: formPointed},

	kept + "N": {form: formText},

	"VERSION": {how: ignored}, "UID": {how: ignored}, "REV": {how: ignored}, "PRODID": {how: ignored}, "PROFILE": {how: ignored},
	"CLIENTPIDMAP": {how: ignored}, "CREATED": {how: ignored}, "X-RADICALE-NAME": {how: ignored},

	"X-ABLABEL": {how: beside}, "X-ABADR": {how: beside},
}

// ruleOf returns the rule for a property. Those that are not in the table are compared
// by their exact text: nobody knows what they mean.
func ruleOf(name string) rule {
	r := rules[name]
	if r.form == nil {
		r.form = formExact
		if strings.HasPrefix(name, kept) {
			r.form = formKept
		}
	}
	if r.word == "" {
		r.word = name
	}
	return r
}

// kept is the prefix of properties that keep what has no other place.
const kept = "X-ALMANAC-"

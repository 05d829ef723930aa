package dedupe

// A feature is one thing that comparing two records measures. Where a side lacks
// what is compared, the value is absent.
const absent = -1

// The features, in the order of the model's tables: a model is trained for one
// list and refused with another.
const (
	fWords         = iota // words of the name that has fewer, at most 3
	fFirst                // likeness of the first given names
	fGiven                // of the best given name
	fGivenClash           // given names on both sides that the other lacks
	fGivenMore            // given names that only one side has
	fFamily               // likeness of the best family name
	fFamilyClash          //
	fFamilyMore           //
	fLoose                // words matched whose role is not known, or crossed
	fSwapped              // given and family name exchanged
	fShort                // short forms among the matches
	fInitial              // initials among the matches
	fCutOff               // one is the beginning of the other
	fByEar                // one sound in two spellings, or two languages
	fWorst                // the least likeness among the matches
	fSameName             // the whole name in the same words
	fCutName              // one whole name is the beginning of the other: its letters
	fGenders              // given names differ as a man's and a woman's
	fBothKnown            // unequal given names that are both names on their own
	fInformation          // how rare the words are that match, in nats
	fExpected             // namesakes that chance makes, log
	fNamesakes            // cards that go by the rarer full name, log
	fGeneration           // 1 one is marked (junior), 2 both and otherwise
	fSex                  // titles of a man and of a woman
	fJoint                // one card is of two people
	fKind                 // person and organisation
	fOrganisations        // both are organisations
	fLegal                // legal forms: 1 equal, 0 differ
	fNickname             // a nickname of one is the other's given name
	fNameless             // 1 one has no name, 2 both
	fRelation             // one is named for what it is to somebody
	fPhones               // numbers shared
	fPhoneHolders         // names that go by the least shared of them, log
	fMobile               // a mobile number shared
	fPhoneSlip            // numbers one slip apart
	fPhoneClash           // both have mobile numbers, other ones
	fPhoneApart           // both have numbers, none shared
	fExtension            // one switchboard, other extensions
	fMails                // mailboxes shared
	fMailHolders          //
	fMailRole             // only mailboxes of nobody shared: info@, familie@
	fMailOwn              // a mailbox shared that is neither nobody's nor a family's
	fMailSlip             // mailboxes one slip apart
	fMailLocal            // the same before the at sign at other providers
	fMailApart            // both have mailboxes, none shared
	fMailSays             // a mailbox of one spells the other's name
	fPlace                // likeness of the best pair of addresses
	fPlaceHolders         //
	fNumber               // of that pair: same house number
	fCity                 // of that pair: same city or code
	fHouse                // of that pair: likeness of the extended address, a house's name say
	fPlaceApart           // both have addresses, nothing in common
	fBorn                 // 1 same day, down to 0 for another
	fBornYears            // years between birthdays that differ
	fWed                  //
	fOrg                  // likeness of where they work
	fOrgHolders           //
	fTitle                //
	fPhoto                // 1 shared, 0 other ones
	fLinks                // accounts shared
	fUID                  // 1 equal
	fNote                 // 1 equal, 0 other
	fShared               // kinds of things that agree besides the name
	fClashes              // kinds that contradict
	fEachOwn              // each has mobile numbers, or mailboxes, that the other lacks: kinds of these
	fLeast                // kinds of things that the poorer card has
	fMost                 // the richer
	fContent              // the records are equal
	Features
)

// FeatureNames are the features in words, and which way each may only move a
// score: up with its value (+1), down (-1), or either (0). The model is held to it,
// so that it cannot learn from some set of cards that another birthday is a good sign.
var FeatureNames = [Features]struct {
	Name string
	Way  int
}{
	fWords: {"words", 0}, fFirst: {"first given name", 0}, fGiven: {"given name", 0}, fGivenClash: {"given names clash", -1}, fGivenMore: {"given names more", 0},
	fFamily: {"family name", 0}, fFamilyClash: {"family names clash", -1}, fFamilyMore: {"family names more", 0}, fLoose: {"roles unknown", 0}, fSwapped: {"names swapped", 0},
	fShort: {"short forms", 0}, fInitial: {"initials", 0}, fCutOff: {"cut off", 0}, fByEar: {"by ear", 0}, fWorst: {"worst match", 0}, fSameName: {"same name", 1}, fCutName: {"name cut off", 0},
	fGenders: {"genders", -1}, fBothKnown: {"both known", -1}, fInformation: {"information", 1}, fExpected: {"expected namesakes", -1}, fNamesakes: {"namesakes", -1},
	fGeneration: {"generation", -1}, fSex: {"sex", -1}, fJoint: {"joint", -1}, fKind: {"kind", -1}, fOrganisations: {"organisations", 0}, fLegal: {"legal form", 0},
	fNickname: {"nickname", 1}, fNameless: {"nameless", 0}, fRelation: {"relation", 0},
	fPhones: {"phones", 1}, fPhoneHolders: {"phone holders", -1}, fMobile: {"mobile", 1}, fPhoneSlip: {"phone slip", 1}, fPhoneClash: {"phones clash", -1}, fPhoneApart: {"phones apart", -1}, fExtension: {"extension", -1},
	fMails: {"mails", 1}, fMailHolders: {"mail holders", -1}, fMailRole: {"role mail", -1}, fMailOwn: {"own mail", 1}, fMailSlip: {"mail slip", 1}, fMailLocal: {"mail local part", 1}, fMailApart: {"mails apart", -1}, fMailSays: {"mail spells name", 1},
	fPlace: {"place", 1}, fPlaceHolders: {"place holders", -1}, fNumber: {"house number", 1}, fCity: {"city", 1}, fHouse: {"house", 1}, fPlaceApart: {"places apart", -1},
	fBorn: {"birthday", 1}, fBornYears: {"years apart", -1}, fWed: {"anniversary", 1}, fOrg: {"organisation", 1}, fOrgHolders: {"organisation holders", 0}, fTitle: {"title", 1},
	fPhoto: {"photo", 1}, fLinks: {"links", 1}, fUID: {"UID", 1}, fNote: {"note", 1}, fShared: {"kinds shared", 1}, fClashes: {"kinds clash", -1}, fEachOwn: {"each has own", -1},
	fLeast: {"kinds least", 0}, fMost: {"kinds most", 0}, fContent: {"content", 1},
}

// Vector is the features of one comparison.
type Vector [Features]float32

// Shared is how many kinds of things agree beside the name.
func (v *Vector) Shared() int { return int(v[fShared]) }

// NamesAlike reports whether all words of the shorter name have a match.
func (v *Vector) NamesAlike() bool {
	return v[fGivenClash] == 0 && v[fFamilyClash] == 0
}

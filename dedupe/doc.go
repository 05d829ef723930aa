// Package dedupe finds the contact cards that are one person or organisation: the
// same friend from the phone, the SIM card, an old import, in four spellings. And it
// keeps apart who only look like one: spouses, twins, a father and a son of one
// name, colleagues behind one switchboard, a company and who works there.
//
// # How it works
//
// Read makes a Record of a card: its names, numbers, mailboxes, addresses and days
// in normal form, some hundred octets. All else works on records.
//
// Keys are hashes of parts of a record; two cards of one person nearly always share
// one. Only cards that share a key are compared.
//
// Compare measures what two records have in common and what sets them apart, some
// sixty features, how rare what they share is among them (Frequency). Its Score is
// a probability, from a forest of decision trees that the program in dedupe/train
// has grown on invented address books (dedupe/synth) and labelled ones. Its Reasons
// say in words what it rests on. Opposed and Certain are rules beside the score.
//
// Find makes groups: from the strongest link down, two groups become one when what
// all of their cards say together does not speak against it, no two of them
// contradict each other, and no masked pair would meet. A pair that is Certain can
// be merged without asking.
//
// Around asks the same for one card of a Library, at a cost that follows the
// answer: a store writes Keys, Terms, Holdings and the record (AppendBinary) in the
// transaction that writes the card, and so can always answer.
//
// Everything is a pure function of its arguments. Hostile cards are bounded when
// they are read, hostile books when they are compared. doc/dedupe.md has the
// figures.
package dedupe

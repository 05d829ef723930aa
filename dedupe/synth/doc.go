// Package synth invents address books with known duplicates, for training and
// measuring: people of some twenty-five languages with their families, employers
// and namesakes, on cards as some fifteen programs write them, with the damage that
// years of copying do. The same seed gives the same book.
//
// A book is made in three steps. A world has people who share what real people
// share: a family its telephone, address and mailbox, colleagues a switchboard,
// a son his father's name. Each of them gets one or more cards: the first says what
// is known of him, others have been damaged in one of the ways of damage.go. Then
// an exporter writes each card in its dialect.
//
// Languages, exporters and damages can be left out, so that a model can be tried on
// those that it has not seen.
package synth

// Package value gives the values of contact cards a normal form: two values that
// mean the same to a person have the same form, however a program or a person
// wrote them. A phone number is +41791234567 whether the card says 079 123 45 67,
// 0041 (0)79/123 45 67 or tel:+41-79-123-45-67; Zoë and ZOE fold to zoe.
//
// The forms are for comparing. They are never written into a card: what a card
// keeps is always one of the spellings that a person or a program chose.
//
// All functions are pure. Each looks at a bounded part of its input and works in
// time linear in it, so that a value may come from anyone.
package value

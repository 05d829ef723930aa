// Package names knows what people's names are made of: which words of a name are
// titles, particles or remarks of the book's owner, which given names are forms of
// one another (Bob and Robert, Giovanni and Johannes), and how names of other
// scripts are written in Latin letters.
//
// Everything is tables in text files beside the code, read once on first use.
// Words are looked up in the form that Latin gives: lower-case ASCII.
package names

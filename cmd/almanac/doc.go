// Almanac keeps people's calendars, address books and tasks and serves them to
// every program that speaks CalDAV or CardDAV.
//
// This package is the command line, and the only place that wires the others
// together. A command is one row in commands.go and one file; it acts on an
// [Env] alone, so that it runs the same in the shell's process and, through
// package control, in the server's.
package main

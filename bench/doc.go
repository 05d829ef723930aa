// Command bench measures what a request costs almanac, and says it as a ratio.
//
// The cost of a request is the processor time, user and system, that the server
// process spends on it: it holds on a busy machine, and it is what a phone that
// polls for years adds up to. It is divided by the same cost of a floor: a program
// that sends the same octets out of the same database, bbolt, with nothing but
// net/http around it (floor.go). Whatever almanac does beyond that, from checking
// the password to judging recurrences, is in the ratio. Radicale, where it can be
// installed, answers the same requests on the same objects in the same run.
//
//	go run ./bench                 everything, 1 000 and 10 000 objects
//	go run ./bench --short         the form for every build: 1 000, few rounds
//	go run ./bench --json          for programs
//
// Times never decide over success here. The exit code is 1 when an answer is
// wrong, not when it is slow.
package main

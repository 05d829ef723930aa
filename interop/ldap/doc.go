// Package ldap tries almanac with a real LDAP server, slapd, which its tests start
// for themselves. The tests have the build tag interop; interop/run ldap installs
// what they need and runs them.
package ldap

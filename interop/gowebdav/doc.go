// Package gowebdav drives almanac with the CalDAV and CardDAV clients of
// github.com/emersion/go-webdav. Its tests have the build tag interop and need
// a running server; interop/run starts one and hands it over in the
// environment: INTEROP_URL, INTEROP_USER and INTEROP_PASSWORD.
package gowebdav

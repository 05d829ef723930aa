package dav

import (
	"almanac/account"
	"almanac/dav/wire"
)

// A privilege is a row of the tree of privileges (RFC 3744 section 3), as
// supported-privilege-set shows it.
type privilege struct {
	name  wire.Name
	in    wire.Name         // the privilege that contains it
	needs account.Privilege // what account.Rights has to give
	about string
	on    kind
}

// everything is what DAV:all contains here.
const everything = account.Read | account.ReadFreeBusy | account.ReadCurrentUserPrivilegeSet | account.ReadACL | account.Write

var privileges = []privilege{
	{name: wire.D("all"), needs: everything, about: "Everything", on: kindAny},
	{name: wire.D("read"), in: wire.D("all"), needs: account.Read, about: "Read", on: kindAny},
	{name: wire.C("read-free-busy"), in: wire.D("read"), needs: account.ReadFreeBusy, about: "See when someone is busy", on: kindOfCalendars},
	{name: wire.D("read-current-user-privilege-set"), in: wire.D("read"), needs: account.ReadCurrentUserPrivilegeSet, about: "See what one may do", on: kindAny},
	{name: wire.D("read-acl"), in: wire.D("all"), needs: account.ReadACL, about: "See who may do what", on: kindAny},
	{name: wire.D("write"), in: wire.D("all"), needs: account.Write, about: "Write", on: kindAny},
	{name: wire.D("write-properties"), in: wire.D("write"), needs: account.WriteProperties, about: "Change properties", on: kindAny},
	{name: wire.D("write-content"), in: wire.D("write"), needs: account.WriteContent, about: "Change objects", on: kindAny},
	{name: wire.D("bind"), in: wire.D("write"), needs: account.Bind, about: "Add members", on: kindContainer},
	{name: wire.D("unbind"), in: wire.D("write"), needs: account.Unbind, about: "Remove members", on: kindContainer},
}

// privilegeNames are the names of the privileges in a set, none of them twice:
// write stands for its parts.
func privilegeNames(p account.Privilege) []wire.Name {
	var names []wire.Name
	for _, row := range privileges {
		if row.needs != everything && p&row.needs == row.needs {
			names = append(names, row.name)
			p &^= row.needs
		}
	}
	return names
}

func privilegesOn(k kind) []privilege {
	var on []privilege
	for _, p := range privileges {
		if p.on&k != 0 {
			on = append(on, p)
		}
	}
	return on
}

// supportedPrivilegeSet writes the tree. RFC 3744 section 5.3.
func supportedPrivilegeSet(_ *request, res *resource, w *wire.Writer) bool {
	rows := privilegesOn(res.kind)
	var write func(in wire.Name)
	write = func(in wire.Name) {
		for _, p := range rows {
			if p.in != in {
				continue
			}
			w.Open(wire.D("supported-privilege"))
			writePrivilege(w, p.name)
			w.Element(wire.D("description"), p.about)
			write(p.name)
			w.Close(wire.D("supported-privilege"))
		}
	}
	write(wire.Name{})
	return true
}

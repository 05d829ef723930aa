package store

import (
	"cmp"
	"slices"
	"strings"
)

// A PropSet holds stored properties in the order of their names, each once.
type PropSet []Prop

func comparePropName(p Prop, n PropName) int {
	return cmp.Or(strings.Compare(p.Space, n.Space), strings.Compare(p.Local, n.Local))
}

// Get returns a property's XML, or "" when it is not set.
func (s PropSet) Get(space, local string) string {
	if i, ok := slices.BinarySearchFunc(s, PropName{space, local}, comparePropName); ok {
		return s[i].XML
	}
	return ""
}

// Patch returns the set with some properties set and others removed. s stays as it is.
func (s PropSet) Patch(set []Prop, remove []PropName) PropSet {
	out := slices.Clone(s)
	for _, n := range remove {
		if i, ok := slices.BinarySearchFunc(out, n, comparePropName); ok {
			out = slices.Delete(out, i, i+1)
		}
	}
	for _, p := range set {
		i, ok := slices.BinarySearchFunc(out, PropName{p.Space, p.Local}, comparePropName)
		if ok {
			out[i] = p
		} else {
			out = slices.Insert(out, i, p)
		}
	}
	return out
}

// Clone returns a copy of o that stays valid after the snapshot is gone.
func (o *Object) Clone() *Object {
	c := *o
	c.Name = strings.Clone(o.Name)
	c.ETag = strings.Clone(o.ETag)
	c.Index.UID = strings.Clone(o.Index.UID)
	c.Index.Component = strings.Clone(o.Index.Component)
	c.Body = slices.Clone(o.Body)
	c.Props = slices.Clone(o.Props)
	for i, p := range c.Props {
		c.Props[i] = Prop{strings.Clone(p.Space), strings.Clone(p.Local), strings.Clone(p.XML)}
	}
	return &c
}

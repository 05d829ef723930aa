package vcard

import (
	"net/url"
	"slices"
	"strings"

	"almanac/contentline"
)

// toV3 says what becomes of the properties of 4.0 in 3.0. What is not listed
// keeps its octets: 3.0 lets unknown properties be (RFC 2426 section 3.8).
var toV3 map[string]rule

func init() {
	toV3 = map[string]rule{
		"PHOTO": func(_ *conversion, r *rewrite) { mediaTo3(r) },
		"LOGO":  func(_ *conversion, r *rewrite) { mediaTo3(r) },
		"SOUND": func(_ *conversion, r *rewrite) { mediaTo3(r) },
		"KEY":   func(_ *conversion, r *rewrite) { mediaTo3(r) },

		"FN":          single,
		"N":           nameTo3,
		"BDAY":        birthdayTo3,
		"ANNIVERSARY": anniversaryTo3,
		"REV":         func(_ *conversion, r *rewrite) { reformat(r, extendedDate) },
		"TZ":          zoneTo3,
		"GEO":         geoTo3,
		"TEL":         phoneTo3,
		"ADR":         addressTo3,
		"KIND":        kindTo3,
		"MEMBER":      func(_ *conversion, r *rewrite) { r.setName("X-ADDRESSBOOKSERVER-MEMBER") },
		"RELATED":     relatedTo3,
	}
}

// paramsTo3 converts the parameters that any property can have. PREF=1 (RFC 6350
// section 5.3) is the type pref; 3.0 knows no lesser preferences, so other
// values stay as they are.
func paramsTo3(r *rewrite) {
	if slices.ContainsFunc(r.prop.ParamValues("TYPE"), func(v string) bool { return strings.Contains(v, ",") }) {
		r.setTypes(r.types()) // the quoted list of RFC 6350 appendix A
	}
	if r.prop.Param("PREF") == "1" {
		r.removeParam("PREF")
		r.addType("pref")
	}
}

// single carries all but the first property of a name that 3.0 has once: 4.0 may
// have it in several languages (ALTID, RFC 6350 section 5.4).
func single(c *conversion, r *rewrite) {
	if c.seen[r.src.Name] {
		r.carry()
	}
	c.seen[r.src.Name] = true
}

// nameTo3 also makes SORT-STRING (RFC 2426 section 3.6.5) of SORT-AS. Of several
// values only the first has a place there, so they stay for the way back.
func nameTo3(c *conversion, r *rewrite) {
	first := !c.seen["N"]
	single(c, r)
	as := r.prop.ParamValues("SORT-AS")
	if !first || len(as) == 0 || as[0] == "" || c.names["SORT-STRING"] {
		return
	}
	r.after = append(r.after, contentline.Property{Name: "SORT-STRING", Value: contentline.EscapeText(as[0])})
	if len(as) == 1 {
		r.removeParam("SORT-AS")
	}
}

// birthdayTo3 writes a complete date in the extended form, and a birthday without
// a year the way Apple does. Anything less exact is carried.
func birthdayTo3(c *conversion, r *rewrite) {
	if single(c, r); r.changed && r.prop.Name != "BDAY" {
		return
	}
	p := &r.prop
	value := strings.TrimSpace(p.Value)
	if strings.EqualFold(p.Param("VALUE"), "text") {
		r.carry()
		return
	}
	if m := noYearPattern.FindStringSubmatch(value); m != nil {
		r.removeParam("VALUE")
		r.addParam("X-APPLE-OMIT-YEAR", appleNoYear)
		r.setValue(appleNoYear + "-" + m[1] + "-" + m[2])
		return
	}
	date, ok := extendedDate(value)
	if !ok {
		r.carry()
		return
	}
	r.removeParam("VALUE")
	if strings.Contains(date, "T") {
		r.addParam("VALUE", "date-time")
	}
	if date != p.Value {
		r.setValue(date)
	}
}

// The labels that Apple gives to properties of its own, in a property of the
// same group.
const (
	appleAnniversary = "_$!<Anniversary>!$_"
	appleDate        = "X-ABDATE"
	appleRelated     = "X-ABRELATEDNAMES"
)

// label moves the property to a group of its own and adds the label.
func (r *rewrite) label(c *conversion, label string) {
	if r.prop.Group == "" || c.size[strings.ToLower(r.prop.Group)] > 1 {
		r.prop.Group = c.newGroup()
	}
	r.changed = true
	r.after = append(r.after, contentline.Property{Group: r.prop.Group, Name: "X-ABLabel", Value: label})
}

func anniversaryTo3(c *conversion, r *rewrite) {
	date, ok := extendedDate(r.prop.Value)
	if !ok || c.seen["ANNIVERSARY"] || strings.EqualFold(r.prop.Param("VALUE"), "text") {
		r.carry()
		return
	}
	c.seen["ANNIVERSARY"] = true
	r.removeParam("VALUE")
	r.setName(appleDate)
	r.setValue(date)
	r.label(c, appleAnniversary)
}

// reformat rewrites a value that format understands.
func reformat(r *rewrite, format func(string) (string, bool)) {
	if s, ok := format(r.prop.Value); ok && s != r.prop.Value {
		r.setValue(s)
	}
}

// zoneTo3: the default type is an offset in 3.0 (RFC 2426 section 3.4.1), text in
// 4.0 (RFC 6350 section 6.5.1).
func zoneTo3(_ *conversion, r *rewrite) {
	value := strings.ToLower(r.prop.Param("VALUE"))
	if offset := formatZone(r.prop.Value, ":"); offset != "" && value != "uri" {
		r.removeParam("VALUE")
		if offset != r.prop.Value {
			r.setValue(offset)
		}
		return
	}
	if value == "" {
		r.addParam("VALUE", "text")
	}
}

// geoTo3 makes the pair of numbers of RFC 2426 section 3.4.2 of a geo: URI. An
// altitude or an uncertainty has no place in it.
func geoTo3(_ *conversion, r *rewrite) {
	value := strings.TrimSpace(r.prop.Value)
	if len(value) > 4 && strings.EqualFold(value[:4], "geo:") {
		if m := geoPattern.FindStringSubmatch(value[4:]); m != nil {
			r.removeParam("VALUE")
			r.setValue(m[1] + ";" + m[2])
			return
		}
	}
	if !geoPattern.MatchString(value) {
		r.carry()
	}
}

// phoneTo3 makes a number of a tel: URI (RFC 3966). Other URIs stay.
func phoneTo3(_ *conversion, r *rewrite) {
	value := strings.TrimSpace(r.prop.Value)
	if len(value) <= 4 || !strings.EqualFold(value[:4], "tel:") || strings.EqualFold(r.prop.Param("VALUE"), "text") {
		if strings.EqualFold(r.prop.Param("VALUE"), "text") {
			r.removeParam("VALUE") // the default of both versions
		}
		return
	}
	number, err := url.PathUnescape(value[4:])
	if err != nil {
		return
	}
	number, params, _ := strings.Cut(number, ";")
	if ext, ok := strings.CutPrefix(params, "ext="); ok && !strings.Contains(ext, ";") {
		number += " ext. " + ext
	} else if params != "" {
		number += ";" + params
	}
	r.removeParam("VALUE")
	r.setValue(contentline.EscapeText(number))
}

// addressTo3 moves the LABEL parameter into a property (RFC 2426 section 3.2.2).
func addressTo3(_ *conversion, r *rewrite) {
	label := r.prop.Param("LABEL")
	if !r.hasParam("LABEL") {
		return
	}
	r.removeParam("LABEL")
	out := contentline.Property{Group: r.prop.Group, Name: "LABEL", Value: contentline.EscapeText(strings.ReplaceAll(label, `\n`, "\n"))}
	if types := r.types(); len(types) > 0 {
		out.Params = []contentline.Param{{Name: "TYPE", Values: types}}
	}
	r.after = append(r.after, out)
}

// kindTo3 writes the kinds that Apple's Contacts knows in its own properties.
func kindTo3(c *conversion, r *rewrite) {
	switch strings.ToLower(strings.TrimSpace(r.prop.Value)) {
	case string(Group):
		if !c.names["X-ADDRESSBOOKSERVER-KIND"] {
			r.setName("X-ADDRESSBOOKSERVER-KIND")
		}
	case string(Org):
		if !c.names["X-ABSHOWAS"] {
			r.setName("X-ABShowAs")
			r.setValue("COMPANY")
		}
	}
}

// relations are the relationships that both RFC 6350 section 6.6.6 and Apple's
// labels have a word for.
var relations = []struct{ kind, label string }{
	{"child", "_$!<Child>!$_"}, {"friend", "_$!<Friend>!$_"}, {"parent", "_$!<Parent>!$_"}, {"spouse", "_$!<Spouse>!$_"},
}

// relatedTo3 writes a relation that is a name, not a reference to a card.
func relatedTo3(c *conversion, r *rewrite) {
	types := slices.DeleteFunc(r.types(), func(v string) bool { return v == "pref" })
	if !strings.EqualFold(r.prop.Param("VALUE"), "text") || len(types) != 1 {
		return
	}
	for _, rel := range relations {
		if strings.EqualFold(types[0], rel.kind) {
			r.removeParam("VALUE")
			r.removeType(rel.kind)
			r.setName(appleRelated)
			r.label(c, rel.label)
			return
		}
	}
}

package vcard

import (
	"slices"
	"strings"

	"almanac/contentline"
)

// toV4 says what becomes of the properties of 3.0 in 4.0. What is not listed
// keeps its octets: 4.0 lets unknown properties be (RFC 6350 section 6.10).
var toV4 map[string]rule

func init() {
	toV4 = map[string]rule{
		"PHOTO": func(_ *conversion, r *rewrite) { mediaTo4(r) },
		"LOGO":  func(_ *conversion, r *rewrite) { mediaTo4(r) },
		"SOUND": func(_ *conversion, r *rewrite) { mediaTo4(r) },
		"KEY":   func(_ *conversion, r *rewrite) { mediaTo4(r) },

		"N":                          nameTo4,
		"BDAY":                       birthdayTo4,
		"REV":                        revisionTo4,
		"TZ":                         zoneTo4,
		"GEO":                        geoTo4,
		"URL":                        urlTo4,
		"ADR":                        addressTo4,
		"X-ADDRESSBOOKSERVER-KIND":   kindTo4,
		"X-ADDRESSBOOKSERVER-MEMBER": func(_ *conversion, r *rewrite) { r.setName("MEMBER") },
		"X-ABSHOWAS":                 showAsTo4,
		appleDate:                    dateTo4,
		appleRelated:                 relatedTo4,
	}
}

// paramsTo4 converts the parameters that any property can have: the type pref
// becomes PREF=1, CHARSET goes (4.0 is UTF-8, RFC 6350 section 3.1), and an
// encoding that belongs to 2.1 is resolved.
func paramsTo4(r *rewrite) {
	if r.removeType("pref") && !r.hasParam("PREF") {
		r.addParam("PREF", "1")
	}
	charset := r.prop.Param("CHARSET")
	r.removeParam("CHARSET")
	if strings.EqualFold(r.prop.Param("ENCODING"), "QUOTED-PRINTABLE") {
		r.removeParam("ENCODING")
		r.setValue(rewritten(decodeCharset(decodeQuotedPrintable(r.prop.Value), charset), valueForms[r.prop.Name], true))
	}
}

// pairLabels finds the ADR that each LABEL belongs to: the first one of the same
// group and types that has none yet. RFC 6350 section 6.3.1.
func (c *conversion) pairLabels() {
	key := func(p *contentline.Property) string {
		types := slices.Clone((&rewrite{prop: *p}).types())
		for i := range types {
			types[i] = strings.ToLower(types[i])
		}
		slices.Sort(types)
		return strings.ToLower(p.Group) + ":" + strings.Join(slices.Compact(types), ",")
	}
	free := map[string][]*contentline.Property{}
	for p := range c.card.Root.PropsNamed("ADR") {
		if !p.HasParam("LABEL") {
			free[key(p)] = append(free[key(p)], p)
		}
	}
	for label := range c.card.Root.PropsNamed("LABEL") {
		// A label with more than its types, or in an encoding, stays a property.
		if slices.ContainsFunc(label.Params, func(p contentline.Param) bool { return p.Name != "TYPE" }) {
			continue
		}
		if adrs := free[key(label)]; len(adrs) > 0 {
			c.adr[adrs[0]] = label
			c.drop[label] = true
			free[key(label)] = adrs[1:]
		}
	}
}

// pairSortString lets the N of the card take SORT-STRING over.
func (c *conversion) pairSortString() {
	sort, name := c.card.Root.Prop("SORT-STRING"), c.card.Root.Prop("N")
	if sort != nil && name != nil && len(sort.Params) == 0 && sort.Group == "" {
		c.sort = contentline.UnescapeText(sort.Value)
		c.drop[sort] = true
	}
}

func nameTo4(c *conversion, r *rewrite) {
	if c.seen["N"] || c.sort == "" {
		c.seen["N"] = true
		return
	}
	c.seen["N"] = true
	if r.prop.Param("SORT-AS") != c.sort { // else it came from there
		r.removeParam("SORT-AS")
		r.addParam("SORT-AS", c.sort)
	}
}

func addressTo4(c *conversion, r *rewrite) {
	if label := c.adr[r.src]; label != nil {
		r.addParam("LABEL", contentline.UnescapeText(label.Value))
	}
}

func birthdayTo4(_ *conversion, r *rewrite) {
	p := &r.prop
	value := strings.TrimSpace(p.Value)
	m := datePattern.FindStringSubmatch(value)
	if omit := p.Param("X-APPLE-OMIT-YEAR"); m != nil && omit != "" && m[1] == omit && m[4] == "" {
		r.removeParam("X-APPLE-OMIT-YEAR")
		r.removeParam("VALUE")
		r.setValue("--" + m[2] + m[3])
		return
	}
	date, ok := basicDate(value)
	if m := noYearPattern.FindStringSubmatch(value); m != nil {
		date, ok = "--"+m[1]+m[2], true
	}
	r.removeParam("VALUE")
	if !ok {
		r.addParam("VALUE", "text") // RFC 6350 section 6.2.5: circa 1800
		return
	}
	if date != p.Value {
		r.setValue(date)
	}
}

// revisionTo4: a REV is a point in time in 4.0 (RFC 6350 section 6.7.4), a date
// will do in 3.0.
func revisionTo4(_ *conversion, r *rewrite) {
	if date, ok := basicDate(r.prop.Value); ok {
		if !strings.Contains(date, "T") {
			date += "T000000Z"
		}
		r.removeParam("VALUE")
		if date != r.prop.Value {
			r.setValue(date)
		}
	}
}

func zoneTo4(_ *conversion, r *rewrite) {
	if strings.EqualFold(r.prop.Param("VALUE"), "text") {
		r.removeParam("VALUE")
		return
	}
	if offset := formatZone(r.prop.Value, ""); offset != "" {
		r.removeParam("VALUE")
		r.addParam("VALUE", "utc-offset")
		r.setValue(offset)
	}
}

func geoTo4(_ *conversion, r *rewrite) {
	if m := geoPattern.FindStringSubmatch(strings.TrimSpace(contentline.UnescapeText(r.prop.Value))); m != nil {
		r.removeParam("VALUE")
		r.setValue("geo:" + m[1] + "," + m[2])
	}
}

// urlTo4 removes the backslashes of a text, which Apple and Google wrote into
// URLs (http\://) for years.
func urlTo4(_ *conversion, r *rewrite) {
	if strings.Contains(r.prop.Value, `\`) {
		r.setValue(contentline.UnescapeText(r.prop.Value))
	}
}

func kindTo4(c *conversion, r *rewrite) {
	if !c.names["KIND"] && !c.seen["KIND"] {
		c.seen["KIND"] = true
		r.setName("KIND")
	}
}

func showAsTo4(c *conversion, r *rewrite) {
	if strings.EqualFold(strings.TrimSpace(r.prop.Value), "COMPANY") && !c.names["KIND"] && !c.names["X-ADDRESSBOOKSERVER-KIND"] && !c.seen["KIND"] {
		c.seen["KIND"] = true
		r.setName("KIND")
		r.setValue(string(Org))
	}
}

// labelled returns the Apple label of a property that has its group to itself
// and the label, and drops it.
func (c *conversion) labelled(p *contentline.Property, labels ...string) string {
	group := strings.ToLower(p.Group)
	label := c.labels[group]
	if label == nil || p.Group == "" || c.size[group] != 2 || len(label.Params) > 0 || !slices.Contains(labels, label.Value) {
		return ""
	}
	c.drop[label] = true
	return label.Value
}

func dateTo4(c *conversion, r *rewrite) {
	date, ok := basicDate(r.prop.Value)
	if !ok || c.seen["ANNIVERSARY"] || c.names["ANNIVERSARY"] || c.labelled(r.src, appleAnniversary) == "" {
		return
	}
	c.seen["ANNIVERSARY"] = true
	r.prop.Group = ""
	r.removeParam("VALUE")
	r.setName("ANNIVERSARY")
	r.setValue(date)
}

func relatedTo4(c *conversion, r *rewrite) {
	if r.hasParam("TYPE") || r.hasParam("VALUE") {
		return
	}
	for _, rel := range relations {
		if c.labelled(r.src, rel.label) != "" {
			r.prop.Group = ""
			r.addType(rel.kind)
			r.addParam("VALUE", "text")
			r.setName("RELATED")
			return
		}
	}
}

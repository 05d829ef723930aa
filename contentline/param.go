package contentline

import (
	"fmt"
	"strings"
)

// paramFactor is how many parameters and parameter values there may be for each
// property that Limits.Properties allows.
const paramFactor = 8

// parameters reads ;NAME=value,value;… from text[i], a semicolon, into prop and
// returns where the colon before the value is. RFC 5545 section 3.1.
func (p *parser) parameters(prop *Property, text string, i, line int) (int, error) {
	most := paramFactor * p.lim.Properties
	params, values, spans := p.params[:0], p.values[:0], p.spans[:0]
	for i < len(text) && text[i] == ';' {
		i++
		start := i
		var seen class
		for i < len(text) && text[i] != '=' && text[i] != ';' && text[i] != ':' {
			seen |= classes[text[i]]
			i++
		}
		if seen&control != 0 {
			return 0, &SyntaxError{Line: line, Column: start + 1, Reason: "control character in a parameter name"}
		}
		// A lone carriage return is a line break gone astray, never part of a name.
		name := strings.Trim(strings.ReplaceAll(text[start:i], "\r", ""), " \t")
		switch {
		case i < len(text) && text[i] == '=' && name == "":
			// ;=value says nothing of anything, and could not be written again.
			p.repair(line, RepairNameless)
			_, i = p.paramValues(values, text, i+1, line)
			continue
		case i < len(text) && text[i] == '=':
			if seen&lower != 0 {
				name = p.toUpper(name)
			}
			params = append(params, Param{Name: name})
			values, i = p.paramValues(values, text, i+1, line)
		case name == "":
			continue // TEL;;TYPE=home and TEL;:1
		default:
			if !p.v21 {
				p.repair(line, RepairBare)
			}
			params = append(params, Param{})
			values = append(values, name)
		}
		spans = append(spans, len(values))
		if p.nParams+len(params)+len(values) > most {
			return 0, &SyntaxError{Line: line, Reason: fmt.Sprintf("more than %d parameters", most)}
		}
	}
	p.params, p.values, p.spans = params, values, spans
	p.nParams += len(params) + len(values)
	if i == len(text) {
		return 0, &SyntaxError{Line: line, Column: i + 1, Reason: "line without a colon after its parameters"}
	}
	values = p.valueSlab.keep(values)
	from := 0
	for j, to := range spans {
		params[j].Values = values[from:to:to]
		from = to
	}
	prop.Params = p.paramSlab.keep(params)
	return i, nil
}

// paramValues reads value,value,… from text[i] and returns where the next
// parameter or the value of the property begins.
func (p *parser) paramValues(values []string, text string, i, line int) ([]string, int) {
	for {
		var value string
		if i < len(text) && text[i] == '"' {
			if n := strings.IndexByte(text[i+1:], '"'); n >= 0 {
				value = text[i+1 : i+1+n]
				i += n + 2
			} else {
				p.repair(line, RepairOpenQuote)
				i++
			}
		}
		start := i
		for i < len(text) && text[i] != ',' && text[i] != ';' && text[i] != ':' {
			if text[i] == '"' {
				p.repair(line, RepairStrayQuote)
			}
			i++
		}
		if value == "" {
			value = text[start:i]
		} else if start < i {
			p.repair(line, RepairStrayQuote)
			value += text[start:i] // "Doe, J" (work)
		}
		if !p.v21 {
			value = unescapeParam(value)
		}
		values = append(values, value)
		if i >= len(text) || text[i] != ',' {
			return values, i
		}
		i++
	}
}

// unescapeParam resolves the escapes ^n, ^' and ^^ of RFC 6868 section 3.2. Any
// other caret stands for itself.
func unescapeParam(s string) string {
	i := strings.IndexByte(s, '^')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0 && i+1 < len(s); i = strings.IndexByte(s, '^') {
		b.WriteString(s[:i])
		switch s[i+1] {
		case 'n':
			b.WriteByte('\n')
		case '\'':
			b.WriteByte('"')
		case '^':
			b.WriteByte('^')
		default:
			b.WriteByte('^')
			s = s[i+1:]
			continue
		}
		s = s[i+2:]
	}
	b.WriteString(s)
	return b.String()
}

package web

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// A dict is a dictionary of a property list, in the order in which it is written.
type dict []entry

type entry struct {
	key   string
	value any // string, int, bool, dict or []dict
}

const plistHead = xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`

// plist writes a dictionary as Apple's XML property list.
func (d dict) plist() []byte {
	var out bytes.Buffer
	out.WriteString(plistHead)
	writeValue(&out, d)
	out.WriteString("</plist>\n")
	return out.Bytes()
}

func writeValue(out *bytes.Buffer, v any) {
	switch v := v.(type) {
	case string:
		out.WriteString("<string>")
		_ = xml.EscapeText(out, []byte(v)) // a Buffer takes everything
		out.WriteString("</string>\n")
	case int:
		fmt.Fprintf(out, "<integer>%d</integer>\n", v)
	case bool:
		fmt.Fprintf(out, "<%t/>\n", v)
	case []dict:
		out.WriteString("<array>\n")
		for _, d := range v {
			writeValue(out, d)
		}
		out.WriteString("</array>\n")
	case dict:
		out.WriteString("<dict>\n")
		for _, e := range v {
			fmt.Fprintf(out, "<key>%s</key>\n", e.key)
			writeValue(out, e.value)
		}
		out.WriteString("</dict>\n")
	default:
		panic(fmt.Sprintf("a property list with a %T", v))
	}
}

package almanac_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// An rfcRow is a row of doc/rfc.txt.
type rfcRow struct {
	line                  int
	rfc, section          string
	status, file, comment string
}

func rfcRows(t *testing.T) []rfcRow {
	text, err := os.ReadFile("doc/rfc.txt")
	if err != nil {
		t.Fatal(err)
	}
	var rows []rfcRow
	_, table, ok := strings.Cut(string(text), "\nRFC   section ")
	if !ok {
		t.Fatal("doc/rfc.txt has no head of its table")
	}
	line := strings.Count(string(text[:len(text)-len(table)]), "\n") + 1
	columns := regexp.MustCompile(`\s{2,}`)
	for i, l := range strings.Split(table, "\n") {
		if i == 0 || strings.TrimSpace(l) == "" {
			continue
		}
		cells := columns.Split(l, 5)
		if len(cells) != 5 {
			t.Errorf("doc/rfc.txt:%d: %d columns, not 5", line+i, len(cells))
			continue
		}
		rows = append(rows, rfcRow{line + i, cells[0], cells[1], cells[2], cells[3], cells[4]})
	}
	return rows
}

// prose returns what a Go file says to people: its comments, line breaks taken
// out, and its strings.
func prose(t *testing.T, path string) []string {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, g := range file.Comments {
		out = append(out, strings.Join(strings.Fields(g.Text()), " "))
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				out = append(out, s)
			}
		}
		return true
	})
	return out
}

func goFiles(t *testing.T) []string {
	var files []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			files = append(files, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var (
	citedRFC = regexp.MustCompile(`\bRFC ([0-9]{3,5})\b`)
	// wrongForm is what citations look like elsewhere.
	wrongForm = regexp.MustCompile(`\bRFC[-_]?[0-9]{3,}` +
		`|\bRFC [0-9]+(,? ?§|, [Ss]ection|, [Aa]ppendix| [0-9]+\.| (Section|Appendix|sect?\.|ch\.|chapter))` +
		`|\b[Ss]ections? [0-9.]+ (of|in) (the )?RFC [0-9]`)
)

// TestCitations: a citation has one form, so that all of a section's can be found
// by one search, and every RFC has its rows in doc/rfc.txt.
func TestCitations(t *testing.T) {
	listed := map[string]bool{}
	for _, r := range rfcRows(t) {
		listed[r.rfc] = true
	}
	for _, path := range goFiles(t) {
		if path == "docs_test.go" {
			continue
		}
		for _, text := range prose(t, path) {
			if found := wrongForm.FindString(text); found != "" {
				t.Errorf("%s: %q: a citation is written \"RFC 4791 section 7.8\"", path, found)
			}
			for _, m := range citedRFC.FindAllStringSubmatch(text, -1) {
				if !listed[m[1]] {
					t.Errorf("%s cites RFC %s, which doc/rfc.txt does not have", path, m[1])
					listed[m[1]] = true // said once
				}
			}
		}
	}
}

// TestRFCTable keeps doc/rfc.txt true to the code.
func TestRFCTable(t *testing.T) {
	section := regexp.MustCompile(`^(-|[0-9]+(\.[0-9]+)*)$`)
	seen := map[string]int{}
	for _, r := range rfcRows(t) {
		key := r.rfc + " section " + r.section
		if first := seen[key]; first != 0 {
			t.Errorf("doc/rfc.txt:%d: RFC %s is in line %d already", r.line, key, first)
		}
		seen[key] = r.line
		if !section.MatchString(r.section) {
			t.Errorf("doc/rfc.txt:%d: %q is no section", r.line, r.section)
		}
		if !slices.Contains([]string{"yes", "partial", "no"}, r.status) {
			t.Errorf("doc/rfc.txt:%d: status %q is none of yes, partial, no", r.line, r.status)
		}
		if r.comment == "" {
			t.Errorf("doc/rfc.txt:%d: there is no note", r.line)
		}
		if r.file == "-" {
			if r.status == "yes" {
				t.Errorf("doc/rfc.txt:%d: which file is it in?", r.line)
			}
			continue
		}
		if _, err := os.Stat(r.file); err != nil {
			t.Errorf("doc/rfc.txt:%d: %v", r.line, err)
			continue
		}
		cites := slices.ContainsFunc(prose(t, r.file), func(text string) bool {
			return slices.ContainsFunc(citedRFC.FindAllStringSubmatch(text, -1), func(m []string) bool { return m[1] == r.rfc })
		})
		if !cites {
			t.Errorf("doc/rfc.txt:%d: %s does not cite RFC %s", r.line, r.file, r.rfc)
		}
	}
}

// TestDocumentPaths: a file that a document names is there.
func TestDocumentPaths(t *testing.T) {
	path := regexp.MustCompile("[`(]((?:[a-z*_]+/)+[A-Za-z*_.-]*)[`)]")
	for _, doc := range []string{"README.md", "doc/architecture.md"} {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range path.FindAllStringSubmatch(string(text), -1) {
			if found, err := filepath.Glob(m[1]); err != nil || len(found) == 0 {
				t.Errorf("%s names %s, which is not there", doc, m[1])
			}
		}
	}
}

func TestWrongForm(t *testing.T) {
	for _, text := range []string{"RFC4791", "RFC-4791", "RFC 4791, section 7.8", "RFC 4791 §7.8", "RFC 4791 Section 7.8", "RFC 4791 7.8.", "section 7.8 of RFC 4791"} {
		if !wrongForm.MatchString(text) {
			t.Errorf("%q passes", text)
		}
	}
	for _, text := range []string{"RFC 4791 section 7.8", "RFC 4791 sections 4.1 and 5.3", "RFC 3744 appendix B", "RFC 4791, RFC 6352.", "TestExamplesOfRFC5545"} {
		if wrongForm.MatchString(text) {
			t.Errorf("%q does not pass", text)
		}
	}
}

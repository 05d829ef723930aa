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
	for doc, text := range documents(t) {
		for _, m := range path.FindAllStringSubmatch(text, -1) {
			if found, err := filepath.Glob(m[1]); err != nil || len(found) == 0 {
				t.Errorf("%s names %s, which is not there", doc, m[1])
			}
		}
	}
}

// documents are the texts for people, by name.
func documents(t *testing.T) map[string]string {
	names, err := filepath.Glob("doc/*.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, name := range append(names, "README.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		docs[filepath.ToSlash(name)] = string(text)
	}
	return docs
}

// TestDocumentLinks: a link of a document leads to a file that is there, and to a
// heading in it.
func TestDocumentLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]*))?\)`)
	docs := documents(t)
	for doc, text := range docs {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to := doc
			if m[1] != "" {
				to = filepath.ToSlash(filepath.Join(filepath.Dir(doc), m[1]))
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which is not there", doc, to)
			}
			if m[2] != "" && !slices.Contains(headings(docs[to]), m[2]) {
				t.Errorf("%s links to #%s in %s, which is not there", doc, m[2], to)
			}
		}
	}
}

// headings are the anchors that a document's headings have on the web.
func headings(text string) []string {
	strange := regexp.MustCompile(`[^a-z0-9 -]`)
	var all []string
	for _, l := range strings.Split(text, "\n") {
		if h := strings.TrimLeft(l, "#"); len(h) < len(l) && strings.HasPrefix(h, " ") {
			all = append(all, strings.ReplaceAll(strange.ReplaceAllString(strings.ToLower(h[1:]), ""), " ", "-"))
		}
	}
	return all
}

// TestReadmeLinksEveryDocument: who begins with README.md finds all others.
func TestReadmeLinksEveryDocument(t *testing.T) {
	docs := documents(t)
	for doc := range docs {
		if strings.HasPrefix(doc, "doc/") && !strings.Contains(docs["README.md"], "("+doc) {
			t.Errorf("README.md does not lead to %s", doc)
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

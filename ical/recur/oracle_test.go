package recur

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOracle compares with what other implementations answer: testdata/oracle.txt,
// whose columns oracle/fixture.py explains, holds rules on which at least one of
// python-dateutil, libical, ical.js and rrule-temporal agrees with this package.
// oracle/README.md lists the disagreements.
func TestOracle(t *testing.T) {
	f, err := os.Open("testdata/oracle.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cases := 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		column := strings.Split(lines.Text(), "\t")
		if len(column) != 6 {
			t.Fatalf("%d columns in %q", len(column), lines.Text())
		}
		cases++
		rule, dtstart, want := column[1], column[2], decodeInstances(t, column[5])
		begin, end, n := civil(t, dtstart), Forever, len(want)
		if column[3] != "" {
			begin = civil(t, column[3])
		}
		if column[4] != "" {
			end, n = civil(t, column[4]), n+1
		}
		got := []string{}
		err := sequence(t, rule, dtstart).Each(begin, end, nil, func(c Civil) bool {
			got = append(got, c.String())
			return len(got) < n
		})
		if err != nil {
			t.Errorf("%s from %s: %v", rule, dtstart, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s from %s, agreed on by %s (-want +got):\n%s", rule, dtstart, column[0], diff)
		}
	}
	if err := lines.Err(); err != nil || cases < 1000 {
		t.Errorf("%d cases read: %v", cases, err)
	}
}

// decodeInstances reads a moment and the steps behind it: 19970902T090000 1d*9 2h.
func decodeInstances(t *testing.T, text string) []string {
	t.Helper()
	out := []string{}
	at := Civil(0)
	for i, word := range strings.Fields(text) {
		if i == 0 {
			at = civil(t, word)
			out = append(out, at.String())
			continue
		}
		step, times, found := strings.Cut(word, "*")
		unit := map[byte]Civil{'s': 1, 'm': 60, 'h': 3600, 'd': secondsPerDay}[step[len(step)-1]]
		amount, err := strconv.Atoi(step[:len(step)-1])
		repeat := 1
		if found && err == nil {
			repeat, err = strconv.Atoi(times)
		}
		if err != nil || unit == 0 {
			t.Fatalf("bad step %q", word)
		}
		for range repeat {
			at += unit * Civil(amount)
			out = append(out, at.String())
		}
	}
	return out
}

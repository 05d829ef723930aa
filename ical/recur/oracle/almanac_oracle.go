//go:build ignore

// Answers cases (see compare.py) with package recur itself.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"

	"almanac/ical/recur"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer, err := answer(strings.Split(lines.Text(), "\t"))
		if err != nil {
			answer = "! " + err.Error()
		}
		fmt.Println(answer)
	}
}

func answer(fields []string) (string, error) {
	rule, err := recur.Parse(fields[0])
	if err != nil {
		return "", err
	}
	start, _ := recur.ParseCivil(fields[1])
	n, _ := strconv.Atoi(fields[2])
	begin, _ := recur.ParseCivil(fields[3])
	end, _ := recur.ParseCivil(fields[4])
	var out []string
	s := recur.New(rule, start, rule.Limit(func(unix int64) recur.Civil { return recur.Civil(unix) }))
	err = s.Each(begin, end, nil, func(c recur.Civil) bool {
		out = append(out, c.String())
		return len(out) < n
	})
	return strings.Join(out, " "), err
}

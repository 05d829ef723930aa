package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"almanac/account"
)

// confirm asks whether something that cannot be taken back shall be done.
// Where nobody can be asked, --yes must have said it.
func (env *Env) confirm(cmd *cobra.Command, yes bool, question string) error {
	if yes {
		return nil
	}
	if !env.Term.Stdin {
		return usagef(cmd, "%s Say so with --yes", question)
	}
	fmt.Fprintf(env.Stderr, "%s [y/N] ", question)
	line, err := readLine(env.Stdin, 80)
	if err != nil && err != io.EOF {
		return fmt.Errorf("read the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was done")
}

// readLine reads to the end of a line, of at most so many octets, or of the input.
func readLine(r io.Reader, most int) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, int64(most)+2)).ReadString('\n')
	if err == io.EOF && line != "" {
		err = nil
	}
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if len(line) > most {
		return "", fmt.Errorf("the line is longer than %d octets", most)
	}
	return line, err
}

// newPassword finds the password for an account: the first line of standard
// input, or what is typed on the terminal, or a random one, which then is shown.
func (env *Env) newPassword(fromStdin bool) (password string, random bool, err error) {
	switch {
	case fromStdin:
		password, err = readLine(env.Stdin, account.MaxPassword)
		if err == io.EOF {
			err = nil
		}
		if err == nil && password == "" {
			err = errors.New("there is none: write it on one line")
		}
		if err != nil {
			return "", false, fmt.Errorf("read the password from standard input: %w", err)
		}
		return password, false, nil
	case env.Term.Stdin:
		password, err = env.Secret("Password (empty for a random one): ")
		if err != nil {
			return "", false, err
		}
		if password != "" {
			again, err := env.Secret("The same again: ")
			if err != nil {
				return "", false, err
			}
			if again != password {
				return "", false, errors.New("the two passwords differ; nothing was done")
			}
			return password, false, nil
		}
	}
	password, err = account.NewPassword(env.Random)
	return password, true, err
}

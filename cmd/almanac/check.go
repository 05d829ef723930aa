package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"almanac/store"
)

func checkCommand(env *Env) *cobra.Command {
	var repair, asJSON bool
	cmd := &cobra.Command{
		Use:   "check [--repair] [--json]",
		Short: "Rebuild every index from the stored objects and compare",
		Long: `Check the structure of the file, rebuild every index from the stored objects and
compare. Each difference is printed; with any, the exit code is 1. With --repair
what is right is written. The objects themselves are never changed.`,
		Args: exactArgs(0),
		RunE: env.onStore(func(*cobra.Command, []string) error { return env.check(repair, asJSON) }),
	}
	cmd.Flags().BoolVar(&repair, "repair", false, "write what is right")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return cmd
}

// A findingInfo is what check prints for one difference.
type findingInfo struct {
	User       string `json:"user,omitempty"`
	Collection string `json:"collection,omitempty"`
	Object     string `json:"object,omitempty"`
	What       string `json:"what"`
	Repaired   bool   `json:"repaired"`
}

// maxFindings bounds what is kept for printing; all are counted.
const maxFindings = 10_000

func (env *Env) check(repair, asJSON bool) error {
	bar := env.progress("check", -1, false)
	var findings []store.Finding
	n, repaired := 0, 0
	err := env.Store.Check(env.Ctx, repair, func(done, all int) {
		bar.ChangeMax(all)
		_ = bar.Set(done)
	}, func(f store.Finding) {
		if n++; len(findings) < maxFindings {
			findings = append(findings, f)
		}
		if f.Repaired {
			repaired++
		}
	})
	_ = bar.Finish()
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	rows := env.nameFindings(findings)
	if asJSON {
		if err := env.printJSON(rows); err != nil {
			return err
		}
	} else {
		for _, r := range rows {
			state := ""
			if r.Repaired {
				state = " (repaired)"
			}
			env.printf("%s%s%s\n", where(r), clean(r.What), state)
		}
		switch {
		case n == 0:
			env.printf("All is well.\n")
		case repaired == n:
			env.printf("%s, all repaired.\n", plural(n, "fault"))
		case repair:
			env.printf("%s, %d repaired. What is left needs a backup: see \"almanac restore --help\".\n", plural(n, "fault"), repaired)
		default:
			env.printf("%s. \"almanac check --repair\" writes what is right.\n", plural(n, "fault"))
		}
	}
	if n > 0 {
		return exitCode(1)
	}
	return nil
}

func where(r findingInfo) string {
	out := ""
	for _, part := range []string{r.User, r.Collection, r.Object} {
		if part != "" {
			out += clean(part) + "/"
		}
	}
	if out == "" {
		return ""
	}
	return out[:len(out)-1] + ": "
}

// nameFindings puts names for numbers, where they are still known.
func (env *Env) nameFindings(findings []store.Finding) []findingInfo {
	rows := make([]findingInfo, len(findings))
	// A name that cannot be read stays a number: the findings matter.
	_ = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		for i, f := range findings {
			r := findingInfo{Object: f.Name, What: f.What, Repaired: f.Repaired}
			if f.Home != 0 {
				r.User = fmt.Sprintf("user %d", f.Home)
				if h, err := s.Home(f.Home); err == nil {
					r.User = h.Name
				}
			}
			if f.Coll != 0 {
				r.Collection = fmt.Sprintf("collection %d", f.Coll)
				if c, err := s.Collection(f.Coll); err == nil {
					r.Collection = c.Name
				}
			}
			rows[i] = r
		}
		return nil
	})
	return rows
}

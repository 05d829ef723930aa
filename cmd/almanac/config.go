package main

import (
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func configCommand(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "config [--json]",
		Short: "Print every setting of the server with where it came from",
		Long: `Print every setting of the server with where it came from.

A setting NAME is the flag --NAME of serve, the environment variable
ALMANAC_NAME (with _ for -) or the key NAME in the configuration file, which is
TOML; the first of these that is given counts. Anything unknown is an error.

The configuration file is the one that --config or $ALMANAC_CONFIG names,
otherwise almanac.toml in the data folder, if there is one.`,
		Args: exactArgs(0),
		RunE: env.here(func(cmd *cobra.Command, _ []string) error {
			_, all, err := newResolver(cmd, env).resolve()
			if err != nil {
				return &usageError{cmd, err}
			}
			for i, v := range all {
				if v.value != "" && slices.Contains(secretSettings, v.name) {
					all[i].value = "(hidden)"
				}
			}
			if asJSON {
				type row struct {
					Name   string `json:"name"`
					Value  string `json:"value"`
					Source string `json:"source"`
				}
				rows := make([]row, len(all))
				for i, v := range all {
					rows[i] = row{v.name, v.value, v.source}
				}
				return env.printJSON(rows)
			}
			w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "SETTING\tVALUE\tFROM")
			for _, v := range all {
				value := v.value
				if value == "" {
					value = "-"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", v.name, value, v.source)
			}
			return w.Flush()
		}),
	}
	addSettingFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

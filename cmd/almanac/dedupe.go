package main

import "github.com/spf13/cobra"

func dedupeCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "dedupe",
		Short: "Find and merge duplicate contacts",
	}, dedupeFindCommand(env), dedupeMergeCommand(env))
}

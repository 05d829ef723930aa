package main

import (
	"context"
	"crypto/rand"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() { os.Exit(run(os.Args[1:])) }

// run carries out one command line in this process and returns the exit code.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	env := &Env{Ctx: ctx, Caller: processCaller(ctx, args), Now: time.Now, Random: rand.Reader, Getenv: os.Getenv, Environ: os.Environ}
	return execute(env)
}

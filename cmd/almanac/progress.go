package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress returns a bar on standard error when that is a terminal; otherwise
// nothing is shown. all is the number of steps, or -1 when it is not known.
func (env *Env) progress(what string, all int64, octets bool) *progressbar.ProgressBar {
	w := io.Discard
	if env.Term.Stderr {
		w = env.Stderr
	}
	width := 40
	if env.Term.Width > 0 {
		width = max(min(env.Term.Width-50, 40), 5)
	}
	return progressbar.NewOptions64(all,
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetVisibility(env.Term.Stderr),
		progressbar.OptionShowBytes(octets),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(width),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}

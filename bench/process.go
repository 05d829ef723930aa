package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A target is a server under measurement.
type target struct {
	name string
	base string // http://127.0.0.1:port
	user string
	pass string
	cmd  *exec.Cmd
	// path returns the path of a collection by its name, with its final slash.
	path func(calendar bool, name string) string
}

// start runs a server and waits until it answers.
func (t *target) start(name string, args ...string) error {
	t.cmd = exec.Command(name, args...)
	logFile, err := os.CreateTemp("", "almanac-bench-"+t.name+"-*.log")
	if err != nil {
		return err
	}
	t.cmd.Stdout, t.cmd.Stderr = logFile, logFile
	if err := t.cmd.Start(); err != nil {
		return err
	}
	for range 300 {
		resp, err := http.Get(t.base + "/healthz")
		if err == nil {
			resp.Body.Close()
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.stop()
	return fmt.Errorf("%s did not come up, see %s", t.name, logFile.Name())
}

func (t *target) stop() {
	if t.cmd == nil || t.cmd.Process == nil {
		return
	}
	t.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan struct{})
	go func() { t.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.cmd.Process.Kill()
		<-done
	}
	t.cmd = nil
}

// collection returns the path of the calendar or address book of a size.
func (t *target) collection(calendar bool, size int) string {
	if calendar {
		return t.path(true, calendarName(size))
	}
	return t.path(false, bookName(size))
}

// freePort asks the system for a port that nobody has.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// ticksPerSecond is USER_HZ: 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// cpu returns the processor time that the server has used since it began.
func (t *target) cpu() (time.Duration, error) {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(t.cmd.Process.Pid), "stat"))
	if err != nil {
		return 0, err
	}
	// The second field is the program's name in parentheses and may hold blanks.
	_, rest, ok := bytes.Cut(raw, []byte(") "))
	fields := strings.Fields(string(rest))
	if !ok || len(fields) < 13 {
		return 0, errors.New("unexpected form of /proc/PID/stat")
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / ticksPerSecond, errors.Join(err1, err2)
}

// memory returns what the server itself holds, in octets: not the pages of the
// database file, which the system lends it.
func (t *target) memory() (int64, error) {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(t.cmd.Process.Pid), "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("no RssAnon in /proc/PID/status")
}

// peak samples the memory of a target while fn runs and returns the most it saw.
func (t *target) peak(fn func() error) (int64, error) {
	ctx, cancel := context.WithCancel(context.Background())
	most := make(chan int64)
	go func() {
		var top int64
		for ctx.Err() == nil {
			if m, err := t.memory(); err == nil {
				top = max(top, m)
			}
			time.Sleep(2 * time.Millisecond)
		}
		most <- top
	}()
	err := fn()
	cancel()
	return <-most, err
}

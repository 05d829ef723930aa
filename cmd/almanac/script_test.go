package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"almanac/cmd/almanac/control"
	"almanac/store"
	"almanac/store/boltstore"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"almanac": main})
}

// TestScriptsWithoutServer and TestScriptsWithServer run the same scripts: a
// command does the same wherever it is carried out.
func TestScriptsWithoutServer(t *testing.T) {
	testscript.Run(t, params("testdata/script/both", func(env *testscript.Env) error { return nil }))
}

func TestScriptsWithServer(t *testing.T) {
	testscript.Run(t, params("testdata/script/both", startServer))
}

// TestScripts runs what is about the server itself, or needs that there is none.
func TestScripts(t *testing.T) {
	testscript.Run(t, params("testdata/script/alone", func(env *testscript.Env) error { return nil }))
}

func params(dir string, setup func(*testscript.Env) error) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ALMANAC_DATA", filepath.Join(env.WorkDir, "data"))
			env.Setenv("TZ", "UTC")
			return setup(env)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"put":    putObject,
			"del":    deleteObject,
			"await":  awaitURL,
			"code":   runForCode,
			"wreck":  wreck,
			"lock":   lockStore,
			"unlock": unlockStore,
			"enrol":  enrol,
			"revoke": revokeLink,
			"hook":   chatServer,
			"soon":   alarmSoon,
		},
	}
}

// startServer opens the data folder and carries out commands, as serve does.
func startServer(env *testscript.Env) error {
	data := env.Getenv("ALMANAC_DATA")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	st, err := boltstore.Open(filepath.Join(data, databaseName), boltstore.Options{})
	if err != nil {
		return err
	}
	ln, err := control.Listen(data)
	if err != nil {
		return err
	}
	serving, err := changedSettings("data", data, "listen", "192.0.2.1:8008")
	if err != nil {
		return err
	}
	server := &Env{Data: data, Now: time.Now, Random: rand.Reader, Getenv: env.Getenv, Environ: func() []string { return nil }, serving: serving}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- control.Serve(ctx, ln, server.runLive(st)) }()
	env.Values["store"] = st
	env.Defer(func() {
		stop()
		if err := errors.Join(<-done, st.Close()); err != nil {
			env.T().Fatal(err)
		}
	})
	return nil
}

// withStore hands the script's store to use: the server's, or the file.
func withStore(ts *testscript.TestScript, use func(st store.Store) error) {
	st, ok := ts.Value("store").(store.Store)
	if !ok {
		file, err := boltstore.Open(filepath.Join(ts.Getenv("ALMANAC_DATA"), databaseName), boltstore.Options{})
		ts.Check(err)
		defer func() { ts.Check(file.Close()) }()
		st = file
	}
	ts.Check(use(st))
}

func applyTo(st store.Store, user, coll string, op func(store.CollID, store.Kind) (store.Op, error)) error {
	ctx := context.Background()
	var c *store.Collection
	err := st.View(ctx, func(s store.Snapshot) error {
		h, err := s.HomeByName(user)
		if err == nil {
			c, err = findCollection(s, h.ID, coll)
		}
		return err
	})
	if err != nil {
		return err
	}
	o, err := op(c.ID, c.Kind)
	if err != nil {
		return err
	}
	_, err = st.Apply(ctx, &store.Batch{Home: c.Home, By: "test", At: time.Now(), Ops: []store.Op{o}})
	return err
}

// putObject is "put USER COLLECTION NAME FILE".
func putObject(ts *testscript.TestScript, neg bool, args []string) {
	body := []byte(strings.ReplaceAll(ts.ReadFile(args[3]), "\n", "\r\n"))
	withStore(ts, func(st store.Store) error {
		return applyTo(st, args[0], args[1], func(c store.CollID, k store.Kind) (store.Op, error) {
			index, err := store.IndexOf(k, body)
			return store.PutObject{Coll: c, Name: args[2], Body: body, Index: index}, err
		})
	})
}

// deleteObject is "del USER COLLECTION NAME".
func deleteObject(ts *testscript.TestScript, neg bool, args []string) {
	withStore(ts, func(st store.Store) error {
		return applyTo(st, args[0], args[1], func(c store.CollID, _ store.Kind) (store.Op, error) {
			return store.DeleteObject{Coll: c, Name: args[2]}, nil
		})
	})
}

// revokeLink is "revoke USER COLLECTION": it ends the first link to the collection by
// the command that share list leads to.
func revokeLink(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(ts.Exec("almanac", "share", "list", args[0], args[1]))
	_, after, ok := strings.Cut(ts.ReadFile("stdout"), "link:")
	if !ok {
		ts.Fatalf("no link to %s", args[1])
	}
	link := "link:" + after[:10]
	ts.Check(ts.Exec("almanac", "share", "remove", args[0], args[1], link))
	ts.Check(ts.Exec("almanac", "share", "list", args[0], args[1]))
	if strings.Contains(ts.ReadFile("stdout"), link) {
		ts.Fatalf("%s is still there", link)
	}
}

// awaitURL is "await URL LOG OUT": it asks until there is an answer of 200, which
// goes into OUT. In the URL, PORT stands for the port in the log of a server.
func awaitURL(ts *testscript.TestScript, neg bool, args []string) {
	log, out := ts.MkAbs(args[1]), ts.MkAbs(args[2])
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		text, _ := os.ReadFile(log)
		_, after, ok := strings.Cut(string(text), "http://127.0.0.1:")
		if !ok {
			continue
		}
		port := after[:strings.IndexFunc(after+"\n", func(r rune) bool { return r < '0' || r > '9' })]
		resp, err := http.Get(strings.ReplaceAll(args[0], "PORT", port))
		if err != nil {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil && resp.StatusCode == http.StatusOK {
			ts.Check(os.WriteFile(out, body, 0o600))
			return
		}
	}
	text, _ := os.ReadFile(log)
	ts.Fatalf("no answer from %s; the log:\n%s", args[0], text)
}

// runForCode is "code N almanac ARG...": the exit code is exactly N.
func runForCode(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) {
		got = fmt.Sprint(exit.ExitCode())
	} else {
		ts.Check(err)
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// wreck is "wreck FILE OFFSET": it damages a file there.
func wreck(ts *testscript.TestScript, neg bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_RDWR, 0)
	ts.Check(err)
	defer f.Close()
	var at int64
	_, err = fmt.Sscan(args[1], &at)
	ts.Check(err)
	_, err = f.WriteAt([]byte("damaged damaged damaged damaged "), at)
	ts.Check(err)
}

// lockStore is "lock": it has the store's file open, as another program might.
func lockStore(ts *testscript.TestScript, neg bool, args []string) {
	st, err := boltstore.Open(filepath.Join(ts.Getenv("ALMANAC_DATA"), databaseName), boltstore.Options{})
	ts.Check(err)
	locked.Store(ts.Getenv("WORK"), st)
}

// unlockStore is "unlock".
func unlockStore(ts *testscript.TestScript, neg bool, args []string) {
	st, _ := locked.LoadAndDelete(ts.Getenv("WORK"))
	ts.Check(st.(store.Store).Close())
}

// enrol is "enrol USER OUT": it carries out two-factor on as a person with an
// authenticator app does, and leaves the output in OUT.
func enrol(ts *testscript.TestScript, neg bool, args []string) {
	var program string
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(dir, "almanac")); err == nil {
			program = filepath.Join(dir, "almanac")
			break
		}
	}
	cmd := exec.Command(program, "two-factor", "on", args[0])
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "ALMANAC_DATA="+ts.Getenv("ALMANAC_DATA"))
	in, err := cmd.StdinPipe()
	ts.Check(err)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	var text strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(&text, lines.Text())
		if secret, ok := strings.CutPrefix(lines.Text(), "Secret: "); ok {
			fmt.Fprintln(in, appCode(ts, secret))
		}
	}
	ts.Check(cmd.Wait())
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text.String()), 0o600))
}

// appCode is what an authenticator app shows at this moment: RFC 6238 section 4.
func appCode(ts *testscript.TestScript, secret string) string {
	key, err := base32.StdEncoding.DecodeString(secret)
	ts.Check(err)
	mac := hmac.New(sha1.New, key)
	ts.Check(binary.Write(mac, binary.BigEndian, time.Now().Unix()/30))
	sum := mac.Sum(nil)
	at := sum[19] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[at:])&0x7fffffff)%1e6)
}

// locked has the stores of lock by the working folder of their script.
var locked sync.Map

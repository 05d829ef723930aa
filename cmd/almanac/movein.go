package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/cmd/almanac/source"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
	"almanac/vcard"
)

// remoteFlags say which account on another server to move in from.
type remoteFlags struct {
	url, login    string
	passwordStdin bool
}

func (r *remoteFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.url, "from", "", "fetch everything from the CalDAV and CardDAV server at this `URL`")
	f.StringVar(&r.login, "login", "", "`name` to log in there with")
	f.BoolVar(&r.passwordStdin, "password-stdin", false, "read the password for there from standard input")
}

// remotePassword asks for the password on the other server.
func (env *Env) remotePassword(r *remoteFlags) (string, error) {
	if !r.passwordStdin {
		if !env.Term.Stdin {
			return "", errors.New("the password for the other server is needed: pipe it in with --password-stdin")
		}
		return env.Secret(fmt.Sprintf("Password of %s at %s: ", r.login, r.url))
	}
	password, err := readLine(env.Stdin, account.MaxPassword)
	if err == io.EOF {
		err = errors.New("there is none")
	}
	if err != nil {
		return "", fmt.Errorf("read the password from standard input: %w", err)
	}
	return password, nil
}

// moveIn fetches all collections of an account elsewhere.
func (env *Env) moveIn(cmd *cobra.Command, user string, from *remoteFlags, asJSON bool) error {
	if from.login == "" {
		return usagef(cmd, "--from wants --login NAME")
	}
	h, err := env.findUser(user)
	if err != nil {
		return err
	}
	password, err := env.remotePassword(from)
	if err != nil {
		return err
	}
	src, err := source.Open(from.url, from.login, password)
	if err != nil {
		return &usageError{cmd, err}
	}
	defer src.Close()
	colls, err := src.Collections(env.Ctx)
	if err != nil {
		return fmt.Errorf("move in from %s as %s: %w", from.url, from.login, err)
	}
	if len(colls) == 0 {
		return fmt.Errorf("move in from %s as %s: there is no calendar and no address book", from.url, from.login)
	}
	m := &mover{env: env, home: h, src: src, asJSON: asJSON}
	for i := range colls {
		if err := m.collection(&colls[i]); err != nil {
			if env.Ctx.Err() != nil {
				return err
			}
			m.failed = true
			m.report(moved{From: colls[i].Path, Error: err.Error(), Refused: []refusal{}})
		}
	}
	if asJSON {
		if err := env.printJSON(m.done); err != nil {
			return err
		}
	}
	if m.failed {
		return exitCode(1)
	}
	return nil
}

// A mover moves one account in.
type mover struct {
	env    *Env
	home   *store.Home
	src    *source.Account
	asJSON bool
	done   []moved
	failed bool
}

// moved is what became of one collection.
type moved struct {
	Collection string    `json:"collection,omitempty"`
	From       string    `json:"from"`
	Added      int       `json:"added"`
	Changed    int       `json:"changed"`
	Same       int       `json:"same"`
	Deleted    int       `json:"deleted"`
	Refused    []refusal `json:"refused"`
	Error      string    `json:"error,omitempty"`
}

func (m *mover) report(r moved) {
	m.done = append(m.done, r)
	switch {
	case m.asJSON:
	case r.Error != "":
		fmt.Fprintf(m.env.Stderr, "almanac: %s: %s\n", clean(r.From), clean(r.Error))
	default:
		m.env.printf("%s: %d new, %d changed, %d as before, %d deleted there, %d refused\n",
			clean(r.Collection), r.Added, r.Changed, r.Same, r.Deleted, len(r.Refused))
	}
}

// seenName is the property in which a member remembers where it came from: the
// href and entity tag there, and our own entity tag of what was stored then. So a
// repetition reads only what changed, and takes away only what nobody touched here.
var seenName = wire.Name{Space: "urn:almanac:movein", Local: "seen"}

// A seen is that property's value.
type seen struct{ path, there, here string }

func (s seen) prop() store.Prop {
	return prop(seenName, s.path+"\n"+s.there+"\n"+s.here)
}

func readSeen(props store.PropSet) (seen, bool) {
	lines := strings.SplitN(wire.FragmentText(props.Get(seenName.Space, seenName.Local)), "\n", 3)
	if len(lines) != 3 {
		return seen{}, false
	}
	return seen{strings.Clone(lines[0]), strings.Clone(lines[1]), strings.Clone(lines[2])}, true
}

// A known is a member that an earlier run brought.
type known struct {
	seen
	uid string
}

// collection brings one collection up to what it is there.
func (m *mover) collection(from *source.Collection) error {
	coll, err := m.target(from)
	if err != nil {
		return err
	}
	members, err := m.src.Members(m.env.Ctx, from)
	if err != nil {
		return err
	}
	before, err := m.known(coll)
	if err != nil {
		return err
	}
	fresh := map[string]seen{} // by UID
	r := moved{Collection: shelfOf(coll.Kind).prefix + coll.Name, From: from.Path, Refused: []refusal{}}
	in := m.env.newIntake(m.home, coll, func(x refusal) {
		m.failed = true
		r.Refused = append(r.Refused, x)
		delete(fresh, x.UID) // it is to be read again
		if !m.asJSON {
			fmt.Fprintf(m.env.Stderr, "almanac: refused: %s\n", x)
		}
	})
	bar := m.env.progress(coll.Name, int64(len(members)), false)
	defer bar.Finish()
	var wanted []source.Member
	earlier := map[string]known{} // of those that are still there
	unchanged := 0
	for _, member := range members {
		k, have := before[member.Path]
		delete(before, member.Path) // what is left at the end is gone there
		earlier[member.Path] = k
		if have {
			in.origins[k.uid] = origin{source: member.Path}
		}
		if have && member.ETag != "" && member.ETag == k.there {
			unchanged++
			bar.Add(1)
			continue
		}
		wanted = append(wanted, member)
	}
	for some := range slices.Chunk(wanted, source.Parallel) {
		for i, body := range m.read(some) {
			bar.Add(1)
			if err := m.env.Ctx.Err(); err != nil {
				return err
			}
			a, err := fetched(in, some[i], body)
			if err != nil {
				in.reject(a, err)
				continue
			}
			now := seen{some[i].Path, some[i].ETag, store.ETagOf(a.body)}
			if earlier[now.path].here == now.here {
				// Only its tag is another: what became of it here since stays.
				fresh[a.index.UID] = now
				unchanged++
				continue
			}
			taken, err := in.take(a)
			if err != nil {
				return err
			}
			if taken {
				fresh[a.index.UID] = now
			}
		}
	}
	if err := in.flush(); err != nil {
		return err
	}
	if err := m.remember(coll, fresh); err != nil {
		return err
	}
	if r.Deleted, err = m.removeGone(coll, before); err != nil {
		return err
	}
	r.Added, r.Changed, r.Same = in.added, in.changed, in.same+unchanged
	m.report(r)
	return nil
}

// A reading is what reading an object gave.
type reading struct {
	body []byte
	err  error
}

// read reads some objects at a time.
func (m *mover) read(members []source.Member) []reading {
	out := make([]reading, len(members))
	var all sync.WaitGroup
	for i, member := range members {
		all.Go(func() { out[i].body, out[i].err = m.src.Read(m.env.Ctx, member) })
	}
	all.Wait()
	return out
}

// fetched makes what was read storable: as it is, if it can be stored so.
func fetched(in *intake, member source.Member, got reading) (arrival, error) {
	a := arrival{source: member.Path, name: member.Name, body: got.body}
	if account.CheckName(a.name) != nil {
		a.name = ""
	}
	if got.err != nil {
		return a, got.err
	}
	var err error
	if a.index, err = in.validate(a.body); err == nil {
		return a, nil
	}
	mended, uid := mendedObject(in.coll.Kind, a.body)
	if mended != nil {
		if index, err := in.validate(mended); err == nil {
			a.body, a.index = mended, index
			return a, nil
		}
	}
	a.index.UID = uid
	return a, err
}

// mendedObject is an object that other servers take as ours takes it from a
// file: a card of 2.1 or without UID, a calendar object with a METHOD. It is nil
// when it is not one object.
func mendedObject(kind store.Kind, body []byte) (mended []byte, uid string) {
	if kind == store.AddressBook {
		if c, err := vcard.Parse(body); err == nil {
			uid = c.UID
		}
		mended, _ = storableCard(body)
		return mended, uid
	}
	split, err := ical.NewSplitter(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, ""
	}
	n := 0
	for item, err := range split.Items() {
		if n++; err != nil || n > 1 {
			return nil, uid
		}
		mended, uid = item.Data, item.UID
	}
	return mended, uid
}

// known returns what earlier runs brought into a collection, by the path there.
func (m *mover) known(coll *store.Collection) (map[string]known, error) {
	out := map[string]known{}
	err := m.env.Store.View(m.env.Ctx, func(s store.Snapshot) error {
		return s.List(coll.ID, "", store.WantProps, func(o *store.Object) bool {
			if v, ok := readSeen(o.Props); ok {
				out[v.path] = known{v, strings.Clone(o.Index.UID)}
			}
			return true
		})
	})
	return out, err
}

// remember notes on each stored member where it came from.
func (m *mover) remember(coll *store.Collection, fresh map[string]seen) error {
	var ops []store.Op
	err := m.env.Store.View(m.env.Ctx, func(s store.Snapshot) error {
		for uid, v := range fresh {
			name, err := s.ByUID(coll.ID, uid)
			if errors.Is(err, store.ErrNotFound) {
				continue // a client deleted it meanwhile
			} else if err != nil {
				return err
			}
			ops = append(ops, store.PatchProps{Target: store.OnObject, Coll: coll.ID, Name: name, Set: []store.Prop{v.prop()}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(ops, intakeObjects) {
		if err := m.env.apply("note where it came from", m.home.ID, batch...); err != nil {
			return err
		}
	}
	return nil
}

// removeGone deletes what was brought earlier and is there no longer, unless
// somebody changed it here. It stays in the history.
func (m *mover) removeGone(coll *store.Collection, gone map[string]known) (int, error) {
	for try := 0; len(gone) > 0; try++ {
		b, err := m.planRemoval(coll, gone)
		if err != nil || len(b.Ops) == 0 {
			return 0, err
		}
		_, err = m.env.Store.Apply(m.env.Ctx, b)
		var overtaken *store.PreconditionError
		if errors.As(err, &overtaken) && try < maxReplans {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("delete what is gone there: %w", err)
		}
		return len(b.Ops), nil
	}
	return 0, nil
}

func (m *mover) planRemoval(coll *store.Collection, gone map[string]known) (*store.Batch, error) {
	b := &store.Batch{Home: m.home.ID, By: m.env.by(), At: m.env.Now()}
	err := m.env.Store.View(m.env.Ctx, func(s store.Snapshot) error {
		return s.List(coll.ID, "", store.WantProps, func(o *store.Object) bool {
			v, ok := readSeen(o.Props)
			if was, listed := gone[v.path]; ok && listed && was.here == o.ETag {
				name := strings.Clone(o.Name)
				b.Pre = append(b.Pre, store.ETagIs{Coll: coll.ID, Name: name, ETags: []string{was.here}})
				b.Ops = append(b.Ops, store.DeleteObject{Coll: coll.ID, Name: name})
			}
			return true
		})
	})
	return b, err
}

package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"almanac/store"
	"almanac/store/storetest"
)

// A wreckage is what Salvage made of a file.
type wreckage struct {
	homes     []string
	colls     []string
	sound     map[string]string // octets by place; "lost/" before what has no collection
	damaged   map[string]string
	unchecked map[string]bool
	lost      []string
}

func salvageOf(t testing.TB, file []byte) (*wreckage, error) {
	f := &wreckage{sound: map[string]string{}, damaged: map[string]string{}, unchecked: map[string]bool{}}
	homes := map[store.HomeID]string{}
	err := Salvage(context.Background(), bytes.NewReader(file), int64(len(file)), &Salvaged{
		Homes: func(all []*store.Home) error {
			for _, h := range all {
				homes[h.ID] = h.Name
				f.homes = append(f.homes, h.Name+" "+strings.Join(h.Emails, ","))
			}
			return nil
		},
		Collections: func(all []*store.Collection) error {
			for _, c := range all {
				f.colls = append(f.colls, homes[c.Home]+"/"+c.Name+" "+c.Props.Get("DAV:", "displayname"))
			}
			slices.Sort(f.colls)
			return nil
		},
		Object: func(o *SalvagedObject) error {
			place := fmt.Sprintf("lost/%d-%s", len(f.sound), o.Name)
			if o.Coll != nil {
				place = homes[o.Coll.Home] + "/" + o.Coll.Name + "/" + o.Name
			}
			to := f.sound
			if o.Damaged {
				to = f.damaged
			}
			f.unchecked[place] = o.Unchecked
			if _, twice := to[place]; twice {
				t.Errorf("%s was found twice", place)
			}
			to[place] = string(o.Body)
			return nil
		},
		Lost: func(what string) { f.lost = append(f.lost, what) },
	})
	return f, err
}

// wreckable makes a file with two homes and several collections, in which things
// were replaced, deleted and moved, and returns it with what is in
// it, and all that ever was.
func wreckable(t testing.TB) (file []byte, objects map[string]string, stored map[string]bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	apply := func(home store.HomeID, ops ...store.Op) {
		t.Helper()
		if _, err := s.Apply(context.Background(), &store.Batch{Home: home, By: "test", Ops: ops}); err != nil {
			t.Fatal(err)
		}
	}
	name := func(name string) store.PropSet {
		return store.PropSet{{Space: "DAV:", Local: "displayname", XML: `<displayname xmlns="DAV:">` + name + `</displayname>`}}
	}
	for _, user := range []string{"ann", "bob"} {
		apply(0, store.CreateHome{Home: store.Home{Name: user, Emails: []string{user + "@example.org"}, Secret: "$argon2id$x"}},
			store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "work", Components: []string{"VEVENT"}, Props: name("Work")}},
			store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "few", Components: []string{"VEVENT"}}},
			store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "people"}},
			store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "old", Components: []string{"VEVENT"}}})
	}
	objects, stored = map[string]string{}, map[string]bool{}
	put := func(home store.HomeID, coll store.CollID, place, uid, text string) store.Op {
		user := []string{"ann", "bob"}[home-1]
		kind, body := store.Calendar, storetest.Event(uid, text)
		if strings.HasPrefix(place, "people/") {
			kind, body = store.AddressBook, []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:"+uid+"\r\nFN:"+text+"\r\nEND:VCARD\r\n")
		}
		objects[user+"/"+place] = string(body)
		stored[string(body)] = true
		_, member, _ := strings.Cut(place, "/")
		return storetest.Put(kind, coll, member, body)
	}
	for i := range 150 {
		uid := fmt.Sprint("u", i)
		apply(1, put(1, 1, fmt.Sprintf("work/%d.ics", i), uid, strings.Repeat("x", 1+i*37%700)),
			put(1, 3, fmt.Sprintf("people/%d.vcf", i), uid, strings.Repeat("y", 1+i*11%300)))
		apply(2, put(2, 5, fmt.Sprintf("work/%d.ics", i), uid, strings.Repeat("z", 1+i*53%900)))
	}
	for i := range 4 {
		apply(1, put(1, 2, fmt.Sprintf("few/%d.ics", i), fmt.Sprint("f", i), "few"))
		trashed := storetest.Event(fmt.Sprint("trash", i), "in the trash")
		stored[string(trashed)] = true
		apply(2, storetest.Put(store.Calendar, 8, fmt.Sprintf("%d.ics", i), trashed))
	}
	apply(1, put(1, 1, "work/large.ics", "large", strings.Repeat("w", 20_000)))
	for i := range 40 {
		apply(1, put(1, 1, fmt.Sprintf("work/%d.ics", i), fmt.Sprint("u", i), "again"))
		if i%4 == 0 {
			place := fmt.Sprintf("people/%d.vcf", i)
			delete(objects, "ann/"+place)
			apply(1, store.DeleteObject{Coll: 3, Name: strings.TrimPrefix(place, "people/")})
		}
	}
	apply(2, store.DeleteCollection{Coll: 8})
	// Somebody who was removed, in part for good.
	apply(0, store.CreateHome{Home: store.Home{Name: "eve"}},
		store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "work", Components: []string{"VEVENT"}}},
		storetest.Put(store.Calendar, 9, "1.ics", storetest.Event("eve", "removed")))
	stored[string(storetest.Event("eve", "removed"))] = true
	apply(3, store.DeleteHome{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data[:inUse(t, data)], objects, stored
}

func TestSalvageOfASoundFile(t *testing.T) {
	file, objects, _ := wreckable(t)
	f, err := salvageOf(t, file)
	if err != nil || len(f.lost) != 0 || len(f.damaged) != 0 || !maps.Equal(f.sound, objects) {
		t.Errorf("%v, lost %q, damaged %d, sound %d of %d", err, f.lost, len(f.damaged), len(f.sound), len(objects))
	}
	if want := []string{"ann ann@example.org", "bob bob@example.org"}; !slices.Equal(f.homes, want) {
		t.Errorf("homes %q", f.homes)
	}
	work := `<displayname xmlns="DAV:">Work</displayname>`
	if want := []string{"ann/few ", "ann/old ", "ann/people ", "ann/work " + work, "bob/few ", "bob/people ", "bob/work " + work}; !slices.Equal(f.colls, want) {
		t.Errorf("collections %q", f.colls)
	}
}

// pagesOf returns, for each object, the pages that its body's row is on: the page
// that has the row, and those that the octets are on.
func pagesOf(t testing.TB, file []byte, objects map[string]string) map[string][]int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	size := os.Getpagesize()
	pages := map[string][]int{}
	err = s.db.View(func(tx *bbolt.Tx) error {
		base := s.db.Info().Data
		firsts := map[int]int{} // the page that a page is part of
		for id := 0; ; {
			p, err := tx.Page(id)
			if err != nil {
				return err
			}
			if p == nil {
				break
			}
			for i := range 1 + p.OverflowCount {
				firsts[id+i] = id
			}
			id += 1 + p.OverflowCount
		}
		return tx.Bucket(bColls).ForEachBucket(func(id []byte) error {
			c := openParts(tx, store.CollID(num8(id)))
			rec, err := collectionOf(tx, c.id)
			if errors.Is(err, store.ErrNotFound) {
				return nil // its home was removed
			}
			if err != nil {
				return err
			}
			home, err := homeOf(tx, rec.Home)
			if err != nil {
				return err
			}
			return c.bucket(pMembers).ForEach(func(name, v []byte) error {
				var m member
				if err := decodeMember(v, &m); err != nil {
					return err
				}
				row := c.bucket(pBodies).Get(key8(m.body))
				at := int(uintptr(unsafe.Pointer(unsafe.SliceData(row))) - base)
				if at < 0 || at >= len(file) {
					// bbolt copies small buckets: any page that has the octets will do, if
					// it is the only one.
					at = bytes.Index(file, row)
					if bytes.Contains(file[at+1:], row) {
						return nil
					}
				}
				on := []int{firsts[at/size]}
				for id := at / size; id <= (at+len(row)-1)/size; id++ {
					on = append(on, id)
				}
				place := home.Name + "/" + rec.Name + "/" + string(name)
				if objects[place] != "" {
					pages[place] = on
				}
				return nil
			})
		})
	})
	if err != nil || len(pages) < len(objects)-8 {
		t.Fatalf("pages of %d of %d objects, %v", len(pages), len(objects), err)
	}
	return pages
}

// Ensure that what lies on undamaged pages comes out, octet for octet, whatever
// happens to the others; that nothing comes out as sound that was never stored;
// and that what is lost is told.
func TestSalvageOfDamagedPages(t *testing.T) {
	file, objects, stored := wreckable(t)
	pages := pagesOf(t, file, objects)
	size := os.Getpagesize()
	rapid.Check(t, func(rt *rapid.T) {
		data := bytes.Clone(file)
		damaged := map[int]bool{}
		for range rapid.IntRange(1, 12).Draw(rt, "damages") {
			page := rapid.IntRange(0, len(file)/size-1).Draw(rt, "page")
			p := data[page*size : (page+1)*size]
			damaged[page] = true
			switch rapid.SampledFrom([]string{"zeroed", "torn", "random", "header", "octet", "another", "points"}).Draw(rt, "how") {
			case "zeroed":
				clear(p)
			case "torn":
				clear(p[rapid.IntRange(0, size/512).Draw(rt, "sectors")*512:])
			case "random":
				r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
				for i := range p {
					p[i] = byte(r.Uint32())
				}
			case "header":
				p[rapid.IntRange(8, 15).Draw(rt, "at")] = rapid.Byte().Draw(rt, "octet")
			case "octet":
				p[rapid.IntRange(0, size-1).Draw(rt, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
			case "another":
				from := rapid.IntRange(0, len(file)/size-1).Draw(rt, "from")
				copy(p[8:], file[from*size+8:(from+1)*size])
			case "points":
				// The number of another page somewhere, which may make a circle.
				at := 16 + 8*rapid.IntRange(0, 60).Draw(rt, "at")
				p[at], p[at+1] = byte(rapid.IntRange(0, len(file)/size-1).Draw(rt, "to")), 0
			}
		}
		data = data[:len(data)-rapid.SampledFrom([]int{0, 0, 0, 1, size, 5 * size}).Draw(rt, "cut")]
		f, err := salvageOf(t, data)
		if err != nil {
			rt.Fatal(err)
		}
		came := map[string]bool{}
		for _, body := range f.sound {
			came[body] = true
		}
		for place, body := range objects {
			on, known := pages[place]
			bad := func(page int) bool { return damaged[page] || (page+1)*size > len(data) }
			switch {
			case f.sound[place] == body || came[body]:
			case known && !slices.ContainsFunc(on, bad):
				rt.Fatalf("%s, on pages %d, did not come out; lost: %q", place, on, f.lost)
			case len(f.lost) == 0:
				rt.Fatalf("%s is lost and nothing is told", place)
			}
		}
		for place, body := range f.sound {
			if !stored[body] && !f.unchecked[place] {
				rt.Fatalf("%s came out as %.200q", place, body)
			}
		}
	})
}

// Ensure that without heads everything comes out where it was.
func TestSalvageWithoutHeads(t *testing.T) {
	file, objects, _ := wreckable(t)
	clear(file[:2*os.Getpagesize()])
	f, err := salvageOf(t, file)
	if err != nil {
		t.Fatal(err)
	}
	for place, body := range objects {
		if f.sound[place] != body {
			t.Errorf("%s is %.60q", place, f.sound[place])
		}
	}
	// eve, who was removed, is on a page that is free.
	if len(f.homes) < 2 || f.homes[0] != "ann ann@example.org" || f.homes[1] != "bob bob@example.org" || len(f.lost) == 0 {
		t.Errorf("homes %q, lost %q", f.homes, f.lost)
	}
}

func TestSalvageOfNoStore(t *testing.T) {
	for _, data := range [][]byte{nil, []byte("hello"), make([]byte, 1<<20), bytes.Repeat([]byte{0xff}, 1<<20)} {
		if _, err := salvageOf(t, data); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%d octets: %v", len(data), err)
		}
	}
}

// Ensure that pages which claim all of the file for each of their rows, or lead
// round in circles, do not make a salvage endless.
func TestSalvageOfPagesThatLie(t *testing.T) {
	const pages, rows, size = 300, 200, 4096
	file := make([]byte, pages*size)
	for id := range pages {
		p := file[id*size : (id+1)*size]
		binary.NativeEndian.PutUint64(p, uint64(id))
		binary.NativeEndian.PutUint16(p[8:], flagLeaf)
		binary.NativeEndian.PutUint16(p[10:], rows)
		binary.NativeEndian.PutUint32(p[12:], uint32(pages-id-1))
		// One key and the beginning of a body's row, which all elements share.
		shared := pageHeader + rows*pageElement
		copy(p[shared:], append(key8(7), appendBody(nil, &body{name: "a.ics", octets: []byte("BEGIN:VCALENDAR\r\n")})...))
		for i := range rows {
			at := pageHeader + i*pageElement
			if i == 0 {
				binary.NativeEndian.PutUint32(p[at:], flagBucket)
			}
			binary.NativeEndian.PutUint32(p[at+4:], uint32(shared-at))
			binary.NativeEndian.PutUint32(p[at+8:], 8)
			binary.NativeEndian.PutUint32(p[at+12:], uint32((pages-id)*size-shared-8))
		}
	}
	branches := bytes.Clone(file)
	for id := range pages {
		p := branches[id*size : (id+1)*size]
		binary.NativeEndian.PutUint16(p[8:], flagBranch)
		for i := range rows {
			at := pageHeader + i*pageElement
			binary.NativeEndian.PutUint32(p[at:], uint32(pageHeader+rows*pageElement-at))
			binary.NativeEndian.PutUint32(p[at+4:], 8)
			binary.NativeEndian.PutUint64(p[at+8:], uint64(2+(id*7+i)%(pages-2)))
		}
	}
	sound, _, _ := wreckable(t)
	for name, lies := range map[string][]byte{"leaves": file, "branches": branches} {
		for _, head := range [][]byte{nil, sound[:2*size]} {
			data := bytes.Clone(lies)
			copy(data, head)
			if f, err := salvageOf(t, data); err != nil || len(f.lost) == 0 {
				t.Errorf("%s: %v, %d lost", name, err, len(f.lost))
			}
		}
	}
}

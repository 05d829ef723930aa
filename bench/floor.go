package main

import (
	"bytes"
	"encoding/binary"
	"flag"
	"io"
	"net/http"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// The floor answers /r/ID with what was recorded under ID, and stores what is PUT
// below /w/. A recorded answer is kept in as many rows as it has D:response
// elements, since almanac's objects, too, are rows of its database; they are
// copied into one buffer and written out 256 KiB at a time.

var answersBucket, writesBucket = []byte("answers"), []byte("writes")

// runFloor is the floor's own process.
func runFloor(args []string) error {
	flags := flag.NewFlagSet("floor", flag.ExitOnError)
	file := flags.String("file", "", "database")
	listen := flags.String("listen", "", "address")
	flags.Parse(args)
	db, err := bolt.Open(*file, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, NoFreelistSync: true, InitialMmapSize: 4 << 30})
	if err != nil {
		return err
	}
	defer db.Close()
	err = db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(writesBucket)
		return err
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/r/", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		buf := make([]byte, 0, 4<<10)
		db.View(func(tx *bolt.Tx) error {
			rows := tx.Bucket(answersBucket).Bucket([]byte(strings.TrimPrefix(r.URL.Path, "/r/")))
			c := rows.Cursor()
			_, head := c.First()
			status, size := int(binary.BigEndian.Uint32(head)), int(binary.BigEndian.Uint32(head[4:]))
			w.Header().Set("Content-Type", string(head[8:]))
			if size <= 256<<10 {
				w.Header().Set("Content-Length", strconv.Itoa(size))
				buf = make([]byte, 0, size)
			} else {
				buf = make([]byte, 0, 300<<10)
			}
			w.WriteHeader(status)
			for k, v := c.Next(); k != nil; k, v = c.Next() {
				if buf = append(buf, v...); len(buf) >= 256<<10 {
					w.Write(buf)
					buf = buf[:0]
				}
			}
			return nil
		})
		w.Write(buf)
	})
	mux.HandleFunc("/w/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		err := db.Update(func(tx *bolt.Tx) error {
			return tx.Bucket(writesBucket).Put([]byte(r.URL.Path), body)
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("ETag", `"0123456789abcdef0123456789abcdef"`)
		w.WriteHeader(http.StatusCreated)
	})
	return http.ListenAndServe(*listen, mux)
}

// An answer is what a server said to a request.
type answer struct {
	status      int
	contentType string
	body        []byte
}

// record writes the answers that the floor is to give.
func record(file string, answers map[string]answer) error {
	db, err := bolt.Open(file, 0o600, &bolt.Options{NoFreelistSync: true})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Update(func(tx *bolt.Tx) error {
		all, err := tx.CreateBucketIfNotExists(answersBucket)
		if err != nil {
			return err
		}
		for id, a := range answers {
			rows, err := all.CreateBucketIfNotExists([]byte(id))
			if err != nil {
				return err
			}
			head := binary.BigEndian.AppendUint32(nil, uint32(a.status))
			head = binary.BigEndian.AppendUint32(head, uint32(len(a.body)))
			if err := rows.Put(rowKey(0), append(head, a.contentType...)); err != nil {
				return err
			}
			for i, rest := 1, a.body; len(rest) > 0; i++ {
				end := len(rest)
				if at := bytes.Index(rest, []byte("</d:response>")); at >= 0 {
					end = at + len("</d:response>")
				}
				if err := rows.Put(rowKey(i), rest[:end]); err != nil {
					return err
				}
				rest = rest[end:]
			}
		}
		return nil
	})
}

func rowKey(i int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(i)) }

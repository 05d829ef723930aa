package boltstore

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"almanac/store"
)

// Buckets of the file.
var (
	bMeta      = []byte("meta")
	bHomes     = []byte("homes")
	bHomeNames = []byte("homenames")
	bPlaces    = []byte("places")
	bTrash     = []byte("trash")
	bColls     = []byte("colls")
	bExpiry    = []byte("expiry")
	bDead      = []byte("dead")
	bJobs      = []byte("jobs")
	bDue       = []byte("due")
	bWakes     = []byte("wakes")
	bEpochs    = []byte("epochs")
	bRecords   = []byte("records")
	bRefs      = []byte("refs")
	bOwned     = []byte("owned")

	allBuckets = [][]byte{bMeta, bHomes, bHomeNames, bPlaces, bTrash, bColls, bExpiry, bDead, bJobs, bDue, bWakes, bEpochs, bRecords, bRefs, bOwned}
)

// Keys in meta.
var (
	kSchema   = []byte("schema")
	kEpoch    = []byte("epoch")
	kLastHome = []byte("home")
	kLastColl = []byte("coll")
	kLastJob  = []byte("job")
	kEdition  = []byte("edition") // dedupe.Edition of digests and postings
)

// Keys in the bucket of a collection.
var (
	kRecord   = []byte("rec")
	kCounters = []byte("cnt")
)

// A part is one of the buckets in a collection's bucket.
type part uint8

const (
	pBodies part = iota
	pMembers
	pProps
	pUIDs
	pLog
	pGone
	pTimes
	pRecurring
	pHistory
	pVersions
	pDigests
	pPostings
	pFresh
	numParts
)

// ascending are those whose rows come in the order of their keys, nearly always, and
// ascendingFill is how full, as a fraction, a page of theirs is left behind. bbolt
// would leave it half empty for good.
var ascending = [numParts]bool{pBodies: true, pLog: true, pHistory: true, pDigests: true, pFresh: true}

const ascendingFill = 0.9

var partNames = [numParts][]byte{
	pBodies:    []byte("b"),
	pMembers:   []byte("i"),
	pProps:     []byte("p"),
	pUIDs:      []byte("u"),
	pLog:       []byte("l"),
	pGone:      []byte("x"),
	pTimes:     []byte("t"),
	pRecurring: []byte("r"),
	pHistory:   []byte("h"),
	pVersions:  []byte("n"),
	pDigests:   []byte("d"),
	pPostings:  []byte("k"),
	pFresh:     []byte("f"),
}

func key8(n uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 0, 8), n) }

// num8 reads the eight octets that begin b; 0 when there are fewer.
func num8(b []byte) uint64 {
	if len(b) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// flip maps signed numbers to unsigned ones in the same order, and back.
func flip(n int64) uint64   { return uint64(n) ^ 1<<63 }
func unflip(n uint64) int64 { return int64(n ^ 1<<63) }

func placeKey(home store.HomeID, kind store.Kind, name string) []byte {
	k := make([]byte, 0, 9+len(name))
	k = binary.BigEndian.AppendUint64(k, uint64(home))
	k = append(k, byte(kind))
	return append(k, name...)
}

func trashKey(home store.HomeID, coll store.CollID) []byte {
	return binary.BigEndian.AppendUint64(key8(uint64(home)), uint64(coll))
}

// maxUIDKey is how long a UID may be to be its own key.
const maxUIDKey = 200

// uidKey returns the key of a UID: itself, or for long ones a zero octet and the
// hash; a UID that begins with a zero octet is hashed too, so that none is taken
// for another's hash.
func uidKey(uid string) []byte {
	if len(uid) <= maxUIDKey && uid[0] != 0 {
		return []byte(uid)
	}
	sum := sha256.Sum256([]byte(uid))
	return append([]byte{0}, sum[:]...)
}

// levelOf returns the level of the time index for spans of this length.
func levelOf(start, end int64) byte {
	return byte(bits.Len64(uint64(end) - uint64(start)))
}

// timeKey is for rows of t, where group is the level, and of r, where it is the
// slice of the year or openGroup.
func timeKey(group byte, start int64, name string) []byte {
	k := make([]byte, 0, 9+len(name))
	k = append(k, group)
	k = binary.BigEndian.AppendUint64(k, flip(start))
	return append(k, name...)
}

func versionKey(name string, id uint64) []byte {
	k := make([]byte, 0, len(name)+9)
	k = append(append(k, name...), 0)
	return binary.BigEndian.AppendUint64(k, id)
}

// expiryKey is for a version, or with id 0 for a collection in the trash.
func expiryKey(ms int64, coll store.CollID, id uint64) []byte {
	k := make([]byte, 0, 24)
	k = binary.BigEndian.AppendUint64(k, flip(ms))
	k = binary.BigEndian.AppendUint64(k, uint64(coll))
	if id != 0 {
		k = binary.BigEndian.AppendUint64(k, id)
	}
	return k
}

func jobKey(queue, id string) []byte {
	k := make([]byte, 0, len(queue)+1+len(id))
	return append(append(append(k, queue...), 0), id...)
}

func dueKey(queue string, ms int64, id string) []byte {
	k := make([]byte, 0, len(queue)+9+len(id))
	k = append(append(k, queue...), 0)
	k = binary.BigEndian.AppendUint64(k, flip(ms))
	return append(k, id...)
}

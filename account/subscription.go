package account

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"time"

	"almanac/store"
)

// channelRefs are by what a channel is found: a browser by where it is reached.
func channelRefs(c *Channel) []string {
	if c.Kind != Browser {
		return nil
	}
	sum := sha256.Sum256([]byte(c.Address))
	return []string{"endpoint:" + hex.EncodeToString(sum[:])}
}

func channelFact(home store.HomeID, c *Channel) store.PutRecord {
	return fact(factChannel, channelKey(home, c.ID), c, channelRefs(c)...)
}

// RenewBrowser puts a browser's new subscription in the place of its old one, whosever
// channel that is: what the channel is called and takes stays. was and is are channels of
// kind Browser of which the address and the keys are looked at. Who knows the secret of
// the old subscription is the browser: ErrNoChannel without. What is has to be judged
// before; a channel that has it already makes room.
func RenewBrowser(ctx context.Context, st store.Store, was, is *Channel, now time.Time) error {
	type found struct {
		home store.HomeID
		pre  []store.Pre
		ops  []store.Op
	}
	var all []found
	err := st.View(ctx, func(snap store.Snapshot) error {
		list := func(visit func(*store.Record) bool) error {
			return snap.Referring(factChannel, channelRefs(was)[0], visit)
		}
		return each(list, func(r *store.Record, c *Channel) error {
			if c.Address != was.Address || subtle.ConstantTimeCompare([]byte(c.Auth), []byte(was.Auth)) != 1 {
				return nil
			}
			r = r.Clone()
			f := found{home: r.Home, pre: []store.Pre{store.RecordIs{Kind: factChannel, Key: r.Key, Value: r.Value}}}
			others, err := Channels(snap, r.Home)
			for _, o := range others {
				if o.Kind == Browser && o.Address == is.Address && o.ID != c.ID {
					f.ops = append(f.ops, RemoveChannelOps(r.Home, o.ID)...)
				}
			}
			c.Address, c.P256dh, c.Auth = is.Address, is.P256dh, is.Auth
			f.ops = append(f.ops, channelFact(r.Home, c), ProblemOp(r.Home, c, "", now))
			all = append(all, f)
			return err
		})
	})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return ErrNoChannel
	}
	for _, f := range all {
		if err := write(ctx, st, f.home, "its browser", now, f.pre, f.ops...); err != nil {
			return err
		}
	}
	return nil
}

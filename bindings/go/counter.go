package ltn

import "sync/atomic"

type counter struct{ n atomic.Int64 }

func (c *counter) add()        { c.n.Add(1) }
func (c *counter) take() int64 { return c.n.Swap(0) }

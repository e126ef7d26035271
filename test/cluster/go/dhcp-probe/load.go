package main

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// load is many clients of which some ask at a time, each the next one as soon as another has been answered: what it counts is what a
// server can do. All send a client identifier, as most clients do.
type load struct {
	first   net.HardwareAddr
	clients uint64
	atOnce  int
	// circuits: every second client is behind a switch that adds its port (option 82) and leaves giaddr alone, as DHCP snooping does.
	circuits bool
	timeout  time.Duration
}

// count is what is known of a load.
type count struct {
	Exchanges uint64  `json:"exchanges"`
	Lost      uint64  `json:"lost"`
	Seconds   float64 `json:"seconds"`
	// Acked is the address of the first client.
	Acked string `json:"acked"`
}

// run has each client ask once, which is not counted, and then all of them in turn for so long.
func (p load) run(l *link, duration time.Duration) count {
	var acked string
	p.ask(l, func(number uint64) bool { return number < p.clients }, func(number uint64, seen line) {
		if number == 0 {
			acked = seen.Acked
		}
	})
	end := time.Now().Add(duration)
	var exchanges, lost atomic.Uint64
	p.ask(l, func(uint64) bool { return time.Now().Before(end) }, func(_ uint64, seen line) {
		switch {
		case seen.Failed != "":
			lost.Add(1)
		case time.Now().Before(end):
			exchanges.Add(1)
		}
	})
	return count{Exchanges: exchanges.Load(), Lost: lost.Load(), Seconds: duration.Seconds(), Acked: acked}
}

// ask has the clients ask in turn, so many at once, until one is not to begin any more; ended is told how each exchange went.
func (p load) ask(l *link, begins func(number uint64) bool, ended func(number uint64, seen line)) {
	var next atomic.Uint64
	var workers sync.WaitGroup
	for range p.atOnce {
		workers.Go(func() {
			for {
				number := next.Add(1) - 1
				if !begins(number) {
					return
				}
				var seen line
				talk(l, p.discover(number%p.clients), p.timeout, &seen)
				ended(number, seen)
			}
		})
	}
	workers.Wait()
}

// discover is the first message of one of the clients.
func (p load) discover(client uint64) message {
	address := binary.BigEndian.Uint64(append([]byte{0, 0}, p.first...)) + client
	mac := net.HardwareAddr(binary.BigEndian.AppendUint64(nil, address)[2:])
	m := message{kind: discover, xid: rand.Uint32(), mac: mac, clientID: append([]byte{1}, mac...)}
	if p.circuits && client%2 == 1 {
		m.circuit = binary.BigEndian.AppendUint32([]byte("port"), uint32(client))
	}
	return m
}

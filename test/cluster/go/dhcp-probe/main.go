// dhcp-probe asks for addresses all the time, and prints a line of JSON for each exchange of DISCOVER, OFFER, REQUEST and ACK:
//
//	{"at":1764160000123.4,"took":12.3,"client":"02:fe:00:00:00:01","kind":"known","offered":"192.0.2.10","acked":"192.0.2.10","server":"192.0.2.2","lease":900}
//	{"at":1764160000623.4,"took":1000.2,"client":"02:fe:00:00:00:01","kind":"known","failed":"no offer"}
//
// `at` is when the exchange began, in ms since 1970, `took` how long it lasted, in ms. Known clients keep their hardware address and
// ask for the address that they had; new ones take another hardware address after each success. Exchanges of one client overlap
// where one has to wait, so that a lost packet does not hide what comes after it. It ends at SIGTERM or SIGINT.
//
// With -load it asks as fast as it is answered instead (load.go), and prints one line at the end:
//
//	{"exchanges":12345,"lost":0,"seconds":5,"acked":"192.0.2.10"}
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// line is what is known of one exchange.
type line struct {
	At      float64 `json:"at"`
	Took    float64 `json:"took"`
	Client  string  `json:"client"`
	Kind    string  `json:"kind"`
	Offered string  `json:"offered,omitempty"`
	Acked   string  `json:"acked,omitempty"`
	Server  string  `json:"server,omitempty"`
	Lease   uint32  `json:"lease,omitempty"`
	Failed  string  `json:"failed,omitempty"`
}

// client is a hardware address that asks again and again.
type client struct {
	kind    string
	mutex   sync.Mutex
	mac     net.HardwareAddr
	next    func() net.HardwareAddr
	address net.IP
	// trying is since when it has had no answer; zero where it has one.
	trying time.Time
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// exchange runs one DORA to its end.
func (c *client) exchange(l *link, timeout time.Duration) line {
	begin := time.Now()
	c.mutex.Lock()
	if c.trying.IsZero() {
		c.trying = begin
	}
	mac, address, secs := c.mac, c.address, uint16(begin.Sub(c.trying)/time.Second)
	c.mutex.Unlock()
	seen := line{At: float64(begin.UnixMicro()) / 1000, Client: mac.String(), Kind: c.kind}
	answer := talk(l, message{kind: discover, xid: rand.Uint32(), mac: mac, secs: secs, address: address}, timeout, &seen)
	seen.Took = milliseconds(time.Since(begin))
	if seen.Failed == "" {
		c.succeed(mac, answer.address)
	}
	return seen
}

func (c *client) succeed(mac net.HardwareAddr, address net.IP) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	// An earlier exchange that ends late says nothing of the hardware address that came after it.
	if c.mac.String() != mac.String() {
		return
	}
	c.trying = time.Time{}
	if c.next == nil {
		c.address = address
	} else {
		c.mac = c.next()
	}
}

// talk sends the DISCOVER, and a REQUEST for the first OFFER; what was seen goes into the line.
func talk(l *link, ask message, timeout time.Duration, seen *line) message {
	answers := l.await(ask.xid)
	defer l.forget(ask.xid)
	deadline := time.After(timeout)
	if err := l.send(ask); err != nil {
		seen.Failed = err.Error()
		return message{}
	}
	missing := "no offer"
	for {
		select {
		case <-deadline:
			seen.Failed = missing
			return message{}
		case answer := <-answers:
			switch {
			case answer.kind == offer && ask.kind == discover:
				seen.Offered, seen.Server, missing = answer.address.String(), answer.server.String(), "no ack"
				ask.kind, ask.address, ask.server = request, answer.address, answer.server
				if err := l.send(ask); err != nil {
					seen.Failed = err.Error()
					return message{}
				}
			case answer.kind == ack && ask.kind == request:
				seen.Acked, seen.Server, seen.Lease = answer.address.String(), answer.server.String(), answer.lease
				return answer
			case answer.kind == nak && ask.kind == request:
				seen.Failed = "nak"
				return message{}
			}
		}
	}
}

// lastBytes are the ends of the known clients' hardware addresses. A load-balancing pair shares clients by a hash (RFC 3074): with these
// every second one is the primary's, so that both servers have as many, and a partner sees enough of them to take over.
var lastBytes = []byte{1, 2, 7, 3, 10, 4, 11, 5, 12, 6, 16, 8, 17, 9, 19, 13, 21, 14, 23, 15, 24, 18}

// clients are known ones with fixed hardware addresses, and new ones whose addresses no other run of this day has.
func clients(known, fresh int) []*client {
	var all []*client
	for _, last := range lastBytes[:known] {
		all = append(all, &client{kind: "known", mac: net.HardwareAddr{2, 0xfe, 0, 0, 0, last}})
	}
	counter := uint32(time.Now().Unix()%86400) << 10
	var mutex sync.Mutex
	next := func() net.HardwareAddr {
		mutex.Lock()
		defer mutex.Unlock()
		counter++
		return net.HardwareAddr{2, 0xc0, byte(counter >> 24), byte(counter >> 16), byte(counter >> 8), byte(counter)}
	}
	for range fresh {
		all = append(all, &client{kind: "new", mac: next(), next: next})
	}
	return all
}

func main() {
	device := flag.String("interface", "eth0", "interface of the clients")
	known := flag.Int("known", 8, "number of clients that keep their hardware address and renew")
	fresh := flag.Int("new", 1, "number of clients that come with another hardware address each time")
	every := flag.Duration("every", 500*time.Millisecond, "how often each client asks")
	timeout := flag.Duration("timeout", time.Second, "how long an exchange may take")
	duration := flag.Duration("load", 0, "ask as fast as it is answered, for so long after each client has asked once")
	many := flag.Uint64("clients", 1000, "load: number of clients")
	first := flag.String("first", "02:fd:00:00:00:00", "load: hardware address of the first client; the others count up from it")
	atOnce := flag.Int("at-once", 32, "load: number of clients that ask at a time")
	circuits := flag.Bool("circuits", false, "load: every second client is behind a switch that adds a circuit-id")
	flag.Parse()
	if *known < 0 || *known > len(lastBytes) || *fresh < 0 || *known+*fresh == 0 {
		fmt.Fprintf(os.Stderr, "dhcp-probe: -known takes 0 to %d, -new 0 or more, and there must be a client\n", len(lastBytes))
		os.Exit(2)
	}

	l, err := openLink(*device)
	if err != nil {
		fmt.Fprintf(os.Stderr, "dhcp-probe: %s: %v\n", *device, err)
		os.Exit(1)
	}
	go l.receive()
	out := json.NewEncoder(os.Stdout)
	if *duration > 0 {
		mac, err := net.ParseMAC(*first)
		if err != nil || len(mac) != 6 || *atOnce < 1 || *many < uint64(*atOnce) {
			fmt.Fprintln(os.Stderr, "dhcp-probe: -load takes a hardware address of six bytes, and at least as many clients as ask at a time")
			os.Exit(2)
		}
		p := load{first: mac, clients: *many, atOnce: *atOnce, circuits: *circuits, timeout: *timeout}
		if err := out.Encode(p.run(l, *duration)); err != nil {
			os.Exit(1)
		}
		return
	}

	lines := make(chan line, 1024)
	all := clients(*known, *fresh)
	for i, c := range all {
		go func() {
			// Spread over the time between two questions of one client.
			time.Sleep(*every * time.Duration(i) / time.Duration(len(all)))
			for range time.Tick(*every) {
				go func() { lines <- c.exchange(l, *timeout) }()
			}
		}()
	}

	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	for {
		select {
		case <-end:
			return
		case seen := <-lines:
			if err := out.Encode(seen); err != nil {
				return
			}
		}
	}
}

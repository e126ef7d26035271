package main

import (
	"net"
	"sync"
	"syscall"
)

// link is a raw socket on one interface, with the answers sorted to those who wait for them.
type link struct {
	fd      int
	address syscall.SockaddrLinklayer
	mutex   sync.Mutex
	waiting map[uint32]chan message
}

func networkOrder(n uint16) uint16 { return n<<8 | n>>8 }

func openLink(name string) (*link, error) {
	device, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	protocol := networkOrder(syscall.ETH_P_IP)
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, int(protocol))
	if err != nil {
		return nil, err
	}
	address := syscall.SockaddrLinklayer{Protocol: protocol, Ifindex: device.Index, Halen: 6}
	copy(address.Addr[:], broadcast)
	if err := syscall.Bind(fd, &address); err != nil {
		return nil, err
	}
	return &link{fd: fd, address: address, waiting: map[uint32]chan message{}}, nil
}

// await registers interest in the answers to one transaction; they come in order, and none is waited for by the receiver.
func (l *link) await(xid uint32) chan message {
	answers := make(chan message, 8)
	l.mutex.Lock()
	l.waiting[xid] = answers
	l.mutex.Unlock()
	return answers
}

func (l *link) forget(xid uint32) {
	l.mutex.Lock()
	delete(l.waiting, xid)
	l.mutex.Unlock()
}

func (l *link) send(m message) error { return syscall.Sendto(l.fd, m.frame(), 0, &l.address) }

// receive runs until the process ends. A link that is down gives an error, and is up again later.
func (l *link) receive() {
	buffer := make([]byte, 2048)
	for {
		length, _, err := syscall.Recvfrom(l.fd, buffer, 0)
		if err != nil {
			continue
		}
		m, ok := parse(buffer[:length])
		if !ok {
			continue
		}
		l.mutex.Lock()
		answers := l.waiting[m.xid]
		l.mutex.Unlock()
		select {
		case answers <- m:
		default:
		}
	}
}

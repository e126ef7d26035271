package main

import (
	"bytes"
	"encoding/binary"
	"net"
)

const (
	discover = 1
	offer    = 2
	request  = 3
	ack      = 5
	nak      = 6
)

const (
	optionRequested   = 50
	optionLeaseTime   = 51
	optionMessageType = 53
	optionServer      = 54
	optionParameters  = 55
	optionClientID    = 61
	optionRelayAgent  = 82
	optionEnd         = 255
)

// circuitID is a part of the relay agent's option.
const circuitID = 1

const bootpLength = 236

var (
	magic     = []byte{99, 130, 83, 99}
	broadcast = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

// message is one DHCP message, as far as the probe cares.
type message struct {
	kind uint8
	xid  uint32
	mac  net.HardwareAddr
	// secs is how long the client has been trying: a standby counts the clients that its partner leaves alone by it.
	secs uint16
	// address is the requested one (option 50) of a message that is sent, and yiaddr of one that is received.
	address net.IP
	server  net.IP
	lease   uint32
	// Sent where they are there: the client's identifier, and the circuit-id of a switch in between.
	clientID []byte
	circuit  []byte
}

// frame is the whole Ethernet frame of a client without an address: answers are asked for by broadcast, so that one interface
// can have many hardware addresses.
func (m message) frame() []byte {
	bootp := make([]byte, bootpLength)
	bootp[0], bootp[1], bootp[2] = 1, 1, 6
	binary.BigEndian.PutUint32(bootp[4:], m.xid)
	binary.BigEndian.PutUint16(bootp[8:], m.secs)
	binary.BigEndian.PutUint16(bootp[10:], 0x8000)
	copy(bootp[28:], m.mac)
	body := append(bootp, magic...)
	body = append(body, optionMessageType, 1, m.kind)
	if m.address != nil {
		body = append(append(body, optionRequested, 4), m.address.To4()...)
	}
	if m.server != nil {
		body = append(append(body, optionServer, 4), m.server.To4()...)
	}
	if m.clientID != nil {
		body = append(append(body, optionClientID, byte(len(m.clientID))), m.clientID...)
	}
	// Subnet mask, routers, name servers.
	body = append(body, optionParameters, 3, 1, 3, 6)
	if m.circuit != nil {
		length := byte(len(m.circuit))
		body = append(append(body, optionRelayAgent, length+2, circuitID, length), m.circuit...)
	}
	return ethernet(m.mac, ip(udp(append(body, optionEnd))))
}

func ethernet(source net.HardwareAddr, payload []byte) []byte {
	header := append(append([]byte{}, broadcast...), source...)
	return append(append(header, 0x08, 0x00), payload...)
}

// ip is a packet from 0.0.0.0 to 255.255.255.255.
func ip(payload []byte) []byte {
	header := make([]byte, 20)
	header[0], header[8], header[9] = 0x45, 64, 17
	binary.BigEndian.PutUint16(header[2:], uint16(len(header)+len(payload)))
	copy(header[16:], []byte{255, 255, 255, 255})
	binary.BigEndian.PutUint16(header[10:], ^sum(header))
	return append(header, payload...)
}

func udp(payload []byte) []byte {
	datagram := make([]byte, 8, 8+len(payload))
	length := uint16(8 + len(payload))
	binary.BigEndian.PutUint16(datagram, 68)
	binary.BigEndian.PutUint16(datagram[2:], 67)
	binary.BigEndian.PutUint16(datagram[4:], length)
	datagram = append(datagram, payload...)
	pseudo := []byte{0, 0, 0, 0, 255, 255, 255, 255, 0, 17, byte(length >> 8), byte(length)}
	checksum := ^sum(append(pseudo, datagram...))
	if checksum == 0 {
		checksum = 0xffff
	}
	binary.BigEndian.PutUint16(datagram[6:], checksum)
	return datagram
}

// sum is the Internet checksum before it is inverted.
func sum(data []byte) uint16 {
	var total uint32
	for i := 0; i+1 < len(data); i += 2 {
		total += uint32(binary.BigEndian.Uint16(data[i:]))
	}
	if len(data)%2 == 1 {
		total += uint32(data[len(data)-1]) << 8
	}
	for total > 0xffff {
		total = total>>16 + total&0xffff
	}
	return uint16(total)
}

// parse reads an answer of a server out of an Ethernet frame; false for everything else.
func parse(frame []byte) (message, bool) {
	if len(frame) < 14+20 || frame[14]>>4 != 4 || frame[14+9] != 17 {
		return message{}, false
	}
	datagram := frame[14+int(frame[14]&0x0f)*4:]
	if len(datagram) < 8+bootpLength+4 || binary.BigEndian.Uint16(datagram[2:]) != 68 {
		return message{}, false
	}
	bootp := datagram[8:]
	if bootp[0] != 2 || !bytes.Equal(bootp[bootpLength:bootpLength+4], magic) {
		return message{}, false
	}
	m := message{
		xid:     binary.BigEndian.Uint32(bootp[4:]),
		address: net.IP(bytes.Clone(bootp[16:20])),
		mac:     net.HardwareAddr(bytes.Clone(bootp[28:34])),
	}
	options := bootp[bootpLength+4:]
	for len(options) > 0 && options[0] != optionEnd {
		if options[0] == 0 {
			options = options[1:]
			continue
		}
		if len(options) < 2 || len(options) < 2+int(options[1]) {
			return message{}, false
		}
		m.take(options[0], options[2:2+int(options[1])])
		options = options[2+int(options[1]):]
	}
	return m, m.kind != 0
}

func (m *message) take(code uint8, value []byte) {
	switch {
	case code == optionMessageType && len(value) == 1:
		m.kind = value[0]
	case code == optionServer && len(value) == 4:
		m.server = net.IP(bytes.Clone(value))
	case code == optionLeaseTime && len(value) == 4:
		m.lease = binary.BigEndian.Uint32(value)
	}
}

import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';

/** What a server offers. */
export interface Offer {
  readonly address: string;
  readonly nextServer: string;
  readonly serverHostname: string;
  readonly bootFileName: string;
  /** Values by code, as bytes. */
  readonly options: ReadonlyMap<number, Buffer>;
}

export interface DiscoverOptions {
  /** Hardware address, as hexadecimal digits. */
  readonly mac: string;
  /** Options asked for, by code. */
  readonly ask?: readonly number[];
  /** Options sent, by code. */
  readonly send?: ReadonlyMap<number, Buffer>;
  /** How long to wait for an answer, in ms. */
  readonly waitMs?: number;
}

/** A relay agent with clients behind it: real DHCP over UDP, without an interface that would have to be a client's. */
export interface TestRelay {
  /** Asks one server for an offer; undefined where it stays silent. */
  discover(server: string, options: DiscoverOptions): Promise<Offer | undefined>;
  /** Asks one server for what option 50 names, or to renew the address `from`; the answer may be a refusal (option 53). */
  request(server: string, options: DiscoverOptions & { readonly from?: string }): Promise<Offer | undefined>;
  close(): Promise<void>;
}

const SERVER_PORT = 67;
const COOKIE = Buffer.from('63825363', 'hex');
const DISCOVER = 1;
const REQUEST = 3;
const END = 255;
const NOBODY = '0.0.0.0';

/** Opens the relay at an address of this machine (it becomes giaddr, and answers come back to it); needs root, as the port is 67. */
export async function openRelay(address: string): Promise<TestRelay> {
  const socket = createSocket('udp4');
  socket.bind(SERVER_PORT, address);
  await once(socket, 'listening');
  let transactions = 0;
  const exchange = (type: number, server: string, from: string, options: DiscoverOptions) => {
    const { mac, ask = [], send = new Map<number, Buffer>(), waitMs = 2000 } = options;
    const id = Buffer.alloc(4);
    id.writeUInt32BE(0x6b656100 + ++transactions);
    const all = new Map([...send, [53, Buffer.of(type)], [55, Buffer.from(ask)]]);
    const answer = receive(socket, id, waitMs);
    socket.send(packetOf(id, address, mac, from, all), SERVER_PORT, server);
    return answer;
  };
  return {
    discover: (server, options) => exchange(DISCOVER, server, NOBODY, options),
    request: (server, { from = NOBODY, ...options }) => exchange(REQUEST, server, from, options),
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function packetOf(id: Buffer, relay: string, mac: string, from: string, options: ReadonlyMap<number, Buffer>): Buffer {
  const head = Buffer.alloc(236);
  head.set([1, 1, mac.length / 2, 1]);
  id.copy(head, 4);
  head.set(from.split('.').map(Number), 12);
  head.set(relay.split('.').map(Number), 24);
  Buffer.from(mac, 'hex').copy(head, 28);
  const encoded = [...options].flatMap(([code, value]) =>
    value.length > 0 ? [Buffer.of(code, value.length), value] : [],
  );
  return Buffer.concat([head, COOKIE, ...encoded, Buffer.of(END)]);
}

function receive(socket: Socket, id: Buffer, waitMs: number): Promise<Offer | undefined> {
  return new Promise((resolve) => {
    const done = (offer: Offer | undefined): void => {
      clearTimeout(timer);
      socket.off('message', take);
      resolve(offer);
    };
    const take = (packet: Buffer): void => {
      if (packet.subarray(4, 8).equals(id)) done(offerOf(packet));
    };
    const timer = setTimeout(() => {
      done(undefined);
    }, waitMs);
    socket.on('message', take);
  });
}

function offerOf(packet: Buffer): Offer {
  const options = new Map<number, Buffer>();
  for (let at = 240; at < packet.length && packet[at] !== END;) {
    const [code = 0, length = 0] = packet.subarray(at, at + 2);
    if (code !== 0) options.set(code, packet.subarray(at + 2, at + 2 + length));
    at += code === 0 ? 1 : 2 + length;
  }
  const text = (from: number, to: number): string => packet.subarray(from, to).toString('latin1').replace(/\0.*$/s, '');
  return {
    address: packet.subarray(16, 20).join('.'),
    nextServer: packet.subarray(20, 24).join('.'),
    serverHostname: text(44, 108),
    bootFileName: text(108, 236),
    options,
  };
}

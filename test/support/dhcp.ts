import { openExchange } from './exchange.ts';

/** What a server offers. */
export interface Offer {
  readonly address: string;
  readonly nextServer: string;
  readonly serverHostname: string;
  readonly bootFileName: string;
  /** Values by code, as bytes; one that comes in parts is put together (RFC 3396). */
  readonly options: ReadonlyMap<number, Buffer>;
}

export interface DiscoverOptions {
  /** Hardware address, as hexadecimal digits. */
  readonly mac: string;
  /** Options asked for, by code. */
  readonly ask?: readonly number[];
  /** Options sent, by code. */
  readonly send?: ReadonlyMap<number, Buffer>;
  /** An address of the link that the client is on, where that is not the relay's own (RFC 3527). */
  readonly link?: string;
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

/** Opens the relay at an address of this machine (it becomes giaddr, and answers come back to it). */
export const openRelay = async (address: string): Promise<TestRelay> => {
  const transactionOf = (packet: Buffer): string => packet.toString('hex', 4, 8);
  const exchange = await openExchange({ family: 4, address, port: SERVER_PORT, transactionOf });
  let transactions = 0;
  const send = async (type: number, server: string, from: string, options: DiscoverOptions) => {
    const { mac, ask = [], link, waitMs = 2000 } = options;
    const sent = new Map([...(options.send ?? []), [53, Buffer.of(type)], [55, Buffer.from(ask)]]);
    if (link !== undefined) {
      sent.set(82, Buffer.concat([sent.get(82) ?? Buffer.of(), Buffer.of(5, 4), octets(link)]));
    }
    const transaction = 0x6b656100 + ++transactions;
    const packet = packetOf({ transaction, relay: address, from, mac, options: sent });
    const answer = await exchange.ask(server, packet, waitMs);
    return answer && offerOf(answer);
  };
  return {
    discover: (server, options) => send(DISCOVER, server, NOBODY, options),
    request: (server, { from = NOBODY, ...options }) => send(REQUEST, server, from, options),
    close: () => exchange.close(),
  };
};

const octets = (address: string): Buffer => Buffer.from(address.split('.').map(Number));

interface Packet {
  readonly transaction: number;
  readonly relay: string;
  readonly from: string;
  readonly mac: string;
  readonly options: ReadonlyMap<number, Buffer>;
}

const packetOf = ({ transaction, relay, from, mac, options }: Packet): Buffer => {
  const head = Buffer.alloc(236);
  head.set([1, 1, mac.length / 2, 1]);
  head.writeUInt32BE(transaction, 4);
  octets(from).copy(head, 12);
  octets(relay).copy(head, 24);
  Buffer.from(mac, 'hex').copy(head, 28);
  const encoded = [...options].flatMap(([code, value]) =>
    value.length > 0 ? [Buffer.of(code, value.length), value] : [],
  );
  return Buffer.concat([head, COOKIE, ...encoded, Buffer.of(END)]);
};

const offerOf = (packet: Buffer): Offer => {
  const options = new Map<number, Buffer>();
  for (let at = 240; at < packet.length && packet[at] !== END;) {
    const [code = 0, length = 0] = packet.subarray(at, at + 2);
    const value = packet.subarray(at + 2, at + 2 + length);
    if (code !== 0) options.set(code, Buffer.concat([options.get(code) ?? Buffer.of(), value]));
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
};

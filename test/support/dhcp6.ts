import { isIPv6 } from 'node:net';
import { IPV6 } from '../../src/kea/ipv6.ts';
import { openExchange } from './exchange.ts';

export interface InformationOptions {
  /** An address of the link that the client is on. */
  readonly link: string;
  /** Options asked for, by code. */
  readonly ask?: readonly number[];
  /** Options sent, by code. */
  readonly send?: ReadonlyMap<number, Buffer>;
  /** How long to wait for an answer, in ms. */
  readonly waitMs?: number;
}

/** What a client sends for its address. */
export interface AddressOptions {
  readonly link: string;
  /** The server that it has chosen: the bytes of its option 2. */
  readonly server?: Buffer;
  /** The address that it asks for, or has; or, as 2001:db8::/56, the prefix. */
  readonly address?: string;
  /** Whether it asks for a prefix. */
  readonly delegated?: boolean;
  readonly waitMs?: number;
}

/** What a server says of a client's address or prefix (RFC 8415 21.4, 21.21). */
export interface AddressAnswer {
  /** The bytes of its option 2. */
  readonly server: Buffer | undefined;
  /** By address, for how many seconds it is valid: 0 of one that is taken away. */
  readonly addresses: ReadonlyMap<string, number>;
  /** Of the association; absent: success. */
  readonly status: number | undefined;
}

export const SOLICIT = 1;
export const REQUEST = 3;
export const RENEW = 5;
export const REBIND = 6;

/** A relay agent of DHCPv6 with a client behind it. */
export interface TestRelay6 {
  /** Sends a message of the type for an address; undefined where the server stays silent. */
  address(server: string, type: number, options: AddressOptions): Promise<AddressAnswer | undefined>;
  /** The options of one server's answer to a client that asks for options alone (RFC 8415 18.2.6), by code, as bytes, each as often as it comes; undefined where it stays silent. */
  inform(server: string, options: InformationOptions): Promise<ReadonlyMap<number, readonly Buffer[]> | undefined>;
  close(): Promise<void>;
}

/** The client's identifier (DUID), as hexadecimal digits. */
export const CLIENT = '00030001020000000001';

const PORT = 547;
const INFORMATION_REQUEST = 11;
const RELAY_FORWARD = 12;
const RELAY_MESSAGE = 9;
const CLIENT_ID = 1;
const SERVER_ID = 2;
const ASKED = 6;
const STATUS = 13;
/** Of a relay's message: its type, the hops, the link's address and the client's. */
const RELAY_HEAD = 34;
const CLIENT_ADDRESS = 'fe80::1';

/** Opens the relay at an address of this machine, which answers come back to. */
export const openRelay6 = async (address: string): Promise<TestRelay6> => {
  const transactionOf = (packet: Buffer): string => messageIn(packet).toString('hex', 1, 4);
  const exchange = await openExchange({ family: 6, address, port: PORT, transactionOf });
  let transactions = 0;
  const send = async (server: string, type: number, link: string, options: readonly Buffer[], waitMs: number) => {
    const transaction = Buffer.alloc(4);
    transaction.writeUInt32BE(((type << 24) | ++transactions) >>> 0);
    const message = Buffer.concat([transaction, option(CLIENT_ID, Buffer.from(CLIENT, 'hex')), ...options]);
    const head = Buffer.concat([Buffer.of(RELAY_FORWARD, 0), octets(link), octets(CLIENT_ADDRESS)]);
    const answer = await exchange.ask(server, Buffer.concat([head, option(RELAY_MESSAGE, message)]), waitMs);
    return answer && optionsIn(messageIn(answer).subarray(4));
  };
  return {
    async address(server, type, { link, server: chosen, address: own, delegated = false, waitMs = 2000 }) {
      const kind = delegated ? PREFIX : ADDRESS;
      const options = [
        ...(chosen === undefined ? [] : [option(SERVER_ID, chosen)]),
        option(
          kind.association,
          Buffer.concat([
            Buffer.of(0, 0, 0, 1),
            Buffer.alloc(8),
            ...(own === undefined ? [] : [option(kind.code, kind.write(own))]),
          ]),
        ),
      ];
      const answer = await send(server, type, link, options, waitMs);
      if (answer === undefined) return undefined;
      const association = optionsIn(answer.get(kind.association)?.[0]?.subarray(12) ?? Buffer.of());
      return {
        server: answer.get(SERVER_ID)?.[0],
        addresses: new Map((association.get(kind.code) ?? []).map(kind.read)),
        status: association.get(STATUS)?.[0]?.readUInt16BE(0),
      };
    },
    inform: (server, { link, ask = [], send: sent = new Map<number, Buffer>(), waitMs = 2000 }) => {
      const asked = ask.length > 0 ? [option(ASKED, Buffer.concat(ask.map(word)))] : [];
      const options = [...asked, ...[...sent].map(([code, value]) => option(code, value))];
      return send(server, INFORMATION_REQUEST, link, options, waitMs);
    },
    close: () => exchange.close(),
  };
};

const textOf = (bytes: Buffer): string => IPV6.format(BigInt(`0x${bytes.toString('hex')}`));

/** How an address stands in a message, and a prefix: with its lifetimes, of which the valid one is read. */
const ADDRESS = {
  association: 3,
  code: 5,
  write: (address: string): Buffer => Buffer.concat([octets(address), Buffer.alloc(8)]),
  read: (bytes: Buffer) => [textOf(bytes.subarray(0, 16)), bytes.readUInt32BE(20)] as const,
};
const PREFIX = {
  association: 25,
  code: 26,
  write: (prefix: string): Buffer => {
    const [address = '', length] = prefix.split('/');
    return Buffer.concat([Buffer.alloc(8), Buffer.of(Number(length)), octets(address)]);
  },
  read: (bytes: Buffer) => [`${textOf(bytes.subarray(9, 25))}/${bytes.readUInt8(8)}`, bytes.readUInt32BE(4)] as const,
};

const word = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);

const option = (code: number, value: Buffer): Buffer => Buffer.concat([word(code), word(value.length), value]);

const octets = (address: string): Buffer => {
  if (!isIPv6(address)) throw new Error(`'${address}' is no address of IPv6`);
  return Buffer.from((IPV6.parse(address) ?? 0n).toString(16).padStart(32, '0'), 'hex');
};

const optionsIn = (bytes: Buffer): ReadonlyMap<number, readonly Buffer[]> => {
  const options = new Map<number, readonly Buffer[]>();
  for (let at = 0; at + 4 <= bytes.length;) {
    const [code, length] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
    options.set(code, [...(options.get(code) ?? []), bytes.subarray(at + 4, at + 4 + length)]);
    at += 4 + length;
  }
  return options;
};

/** What a relay's message carries. */
const messageIn = (packet: Buffer): Buffer => optionsIn(packet.subarray(RELAY_HEAD)).get(RELAY_MESSAGE)?.[0] ?? packet;

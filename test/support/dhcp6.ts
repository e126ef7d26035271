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

/** A relay agent of DHCPv6 with a client behind it that has an address already, and asks for options alone (RFC 8415 18.2.6). */
export interface TestRelay6 {
  /** The options of one server's answer by code, as bytes, each as often as it comes; undefined where the server stays silent. */
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
const ASKED = 6;
/** Of a relay's message: its type, the hops, the link's address and the client's. */
const RELAY_HEAD = 34;
const CLIENT_ADDRESS = 'fe80::1';

/** Opens the relay at an address of this machine, which answers come back to. */
export const openRelay6 = async (address: string): Promise<TestRelay6> => {
  const transactionOf = (packet: Buffer): string => messageIn(packet).toString('hex', 1, 4);
  const exchange = await openExchange({ family: 6, address, port: PORT, transactionOf });
  let transactions = 0;
  return {
    async inform(server, { link, ask = [], send = new Map<number, Buffer>(), waitMs = 2000 }) {
      const transaction = Buffer.alloc(4);
      transaction.writeUInt32BE(((INFORMATION_REQUEST << 24) | ++transactions) >>> 0);
      const asked = Buffer.concat(ask.map(word));
      const message = Buffer.concat([
        transaction,
        option(CLIENT_ID, Buffer.from(CLIENT, 'hex')),
        ...(ask.length > 0 ? [option(ASKED, asked)] : []),
        ...[...send].map(([code, value]) => option(code, value)),
      ]);
      const head = Buffer.concat([Buffer.of(RELAY_FORWARD, 0), octets(link), octets(CLIENT_ADDRESS)]);
      const answer = await exchange.ask(server, Buffer.concat([head, option(RELAY_MESSAGE, message)]), waitMs);
      return answer && optionsIn(messageIn(answer).subarray(4));
    },
    close: () => exchange.close(),
  };
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

/** Addresses of IPv4 as text. */
import { isIPv4 } from 'node:net';
import type { Addressing } from './address.ts';

const DOT = 0x2e;
const ZERO = 0x30;

/** Of what is known to be a dotted quad, digit by digit: a page of leases has hundreds. */
export const numberInQuad = (text: string): number => {
  let [number, octet] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) [number, octet] = [number * 256 + octet, 0];
    else octet = octet * 10 + code - ZERO;
  }
  return number * 256 + octet;
};

export const IPV4: Addressing = {
  version: 4,
  bits: 32,
  /** A dotted quad without leading zeros. */
  parse: (text) => (isIPv4(text) ? BigInt(numberInQuad(text)) : undefined),
  /** Written out, as tens of thousands are formatted in a pass. */
  format: (address) => {
    const number = Number(address);
    return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
  },
};

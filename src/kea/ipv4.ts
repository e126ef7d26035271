/** Addresses of IPv4 as text. */
import { isIPv4 } from 'node:net';
import type { Addressing } from './address.ts';

export const IPV4: Addressing = {
  version: 4,
  bits: 32,
  /** A dotted quad without leading zeros. */
  parse: (text) =>
    isIPv4(text) ? BigInt(text.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)) : undefined,
  /** Written out, as tens of thousands are formatted in a pass. */
  format: (address) => {
    const number = Number(address);
    return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
  },
};

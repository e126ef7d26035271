/** The resolvers of RFC 9463 in DHCPv6, as Kea writes them: `10, dot.example., 2001:db8::1 2001:db8::2, alpn=dot\,doq port=853`. */
import { IPV6 } from './ipv6.ts';

/** Of names, where they begin: undefined where none does. */
type NameSize = (bytes: Buffer) => number | undefined;

const LEAST_ADDRESS = 16;
/** The parameters that Kea knows: alpn, port, dohpath. */
const PARAMETERS = new Map([
  [1, 'alpn'],
  [3, 'port'],
  [7, 'dohpath'],
]);
/** The protocols of resolvers; Kea knows others, which are none of theirs. */
const PROTOCOLS = new Set(['dot', 'doq', 'h2', 'h3']);

/** Bytes of the value, which are all of them; undefined: they are no resolver. */
export const resolverSize = (bytes: Buffer, nameSize: NameSize): number | undefined => {
  if (bytes.length < 4) return undefined;
  const named = bytes.readUInt16BE(2);
  const name = bytes.subarray(4, 4 + named);
  if (nameSize(name) !== named) return undefined;
  const rest = bytes.subarray(4 + named);
  if (rest.length === 0) return bytes.length;
  if (rest.length < 2) return undefined;
  const addresses = rest.readUInt16BE(0);
  const isRight = addresses > 0 && addresses % LEAST_ADDRESS === 0 && 2 + addresses <= rest.length;
  return isRight && areParameters(rest.subarray(2 + addresses)) ? bytes.length : undefined;
};

/** Number, length and value of each, each once and in the order of numbers. */
const areParameters = (bytes: Buffer): boolean => {
  let last = 0;
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) return false;
    const number = bytes.readUInt16BE(at);
    if (number <= last || !PARAMETERS.has(number)) return false;
    last = number;
    at += 4 + bytes.readUInt16BE(at + 2);
    if (at > bytes.length) return false;
  }
  return true;
};

/** What is wrong with a resolver as text, if anything is: Kea would refuse it, and whatever came with it. */
export const resolverProblem = (text: string, isName: (text: string) => boolean): string | undefined => {
  const fields = text.split(/(?<!\\),/).map((field) => field.trim());
  const [priority = '', name = '', addresses, parameters] = fields;
  if (fields.length < 2 || fields.length > 4) {
    return 'it takes a number, a domain name, addresses separated by spaces, and parameters, all separated by commas; the last two may be left out';
  }
  if (!/^\d{1,5}$/.test(priority) || Number(priority) > 65_535) return `'${priority}' is not a number from 0 to 65535`;
  if (!isName(name)) return `'${name}' is not a domain name`;
  const wrong = addresses?.split(' ').find((one) => one !== '' && IPV6.parse(one) === undefined);
  if (wrong !== undefined) return `'${wrong}' is not an IPv6 address: separate addresses by spaces`;
  if (addresses === '') return 'it needs an address after the name, where anything is';
  return parameters === undefined ? undefined : parametersProblem(parameters);
};

const parametersProblem = (text: string): string | undefined => {
  const given = new Map<string, string>();
  for (const parameter of text.split(' ').filter((word) => word !== '')) {
    const [, key = '', value = ''] = /^(alpn|port|dohpath)=([^=]+)$/.exec(parameter) ?? [];
    if (key === '') return `'${parameter}' is none of alpn=, port= and dohpath= with a value`;
    if (given.has(key)) return `${key} is there twice`;
    given.set(key, value);
  }
  const protocols = given.get('alpn')?.split(/\\?,/) ?? [];
  const unknown = protocols.find((protocol) => !PROTOCOLS.has(protocol));
  if (unknown !== undefined) return `'${unknown}' is none of the protocols dot, doq, h2 and h3: separate them by \\,`;
  const port = given.get('port');
  if (port !== undefined && (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)) {
    return `'${port}' is not a number from 0 to 65535`;
  }
  const path = given.get('dohpath');
  if (path !== undefined && !path.includes('{?dns}')) return `dohpath '${path}' has no {?dns} in it`;
  return path === undefined && protocols.some((protocol) => protocol.startsWith('h'))
    ? 'h2 and h3 need dohpath, e.g. dohpath=/q{?dns}'
    : undefined;
};

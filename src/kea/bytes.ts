/** As Kea tells bytes of identifiers: lower-case, with colons between them. */
export const colons = (bytes: Buffer): string => withColons(bytes.toString('hex'));

/** The same from the digits alone, two for each byte; Kea's commands take identifiers so. By hand: a list of leases has millions of bytes, and an expression takes five times as long. */
export const withColons = (digits: string): string => {
  const longest = digits.length + digits.length / 2;
  const text = longest <= ROOM.length ? ROOM : Buffer.alloc(longest);
  let end = 0;
  for (let at = 0; at < digits.length; at += 2) {
    if (at > 0) text[end++] = COLON;
    text[end++] = digits.charCodeAt(at);
    text[end++] = digits.charCodeAt(at + 1);
  }
  return text.toString('latin1', 0, end);
};

const COLON = 0x3a;
/** For identifiers, of which the longest have 255 bytes. */
const ROOM = Buffer.alloc(1024);

/** As Cisco writes hardware addresses, `0200.5e10.0001`: for people who look for one; a configuration of Kea has no such. */
export const withoutDots = (text: string): string =>
  /^[0-9a-f]{4}(\.[0-9a-f]{4})+$/i.test(text) ? text.replaceAll('.', '') : text;

/**
 * Bytes in one of Kea's spellings, of an identifier or a value: hexadecimal digits without separators, with 0x before them, or with
 * colons or spaces between bytes, which then may have one digit; or text in single quotes, of which blanks at its ends do not count.
 * Dashes, which Kea does not take, are as good as colons. Undefined where it is none of these.
 */
export const parseBytes = (text: string): Buffer | undefined => {
  const trimmed = text.trim();
  const quoted = /^'(.*)'$/s.exec(trimmed)?.[1];
  if (quoted !== undefined) return quoted.trim() === '' ? undefined : Buffer.from(quoted.trim());
  const separator = /[: -]/.exec(trimmed)?.[0];
  const digits = trimmed.replace(/^0x/, '');
  const pairs = digits.length % 2 === 0 ? (digits.match(/../g) ?? []) : [];
  const octets = separator === undefined ? pairs : trimmed.split(separator);
  const areBytes = octets.length > 0 && octets.every((octet) => /^[0-9a-f]{1,2}$/i.test(octet));
  return areBytes ? Buffer.from(octets.map((octet) => parseInt(octet, 16))) : undefined;
};

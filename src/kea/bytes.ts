/** As Kea tells bytes of identifiers: lower-case, with colons between them. */
export const colons = (bytes: Buffer): string => (bytes.toString('hex').match(/../g) ?? []).join(':');

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

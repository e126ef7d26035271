/** Strings with a form of their own, each refused with a sentence rather than with a regular expression. */
import { z } from 'zod';
import { isAddress, prefixIn } from '../kea/address.ts';
import { OPERATORS_OWN } from '../kea/classRules.ts';
import { cel, type CelRule, celText, immutable } from './cel.ts';

interface Form {
  readonly description: string;
  readonly max: number;
  /** Whether it may be empty, which is as good as left out: Kea's config-get writes it so. */
  readonly orEmpty?: boolean;
  /** Of the common subset of RE2 (CEL) and JavaScript. */
  readonly pattern: RegExp;
  /** What would be right. */
  readonly message: string;
  /** What a pattern does not say, and the same in CEL. */
  readonly holds?: (value: string) => boolean;
  readonly celHolds?: string;
  readonly rules?: readonly CelRule[];
}

/** A string that matches a pattern. */
export const text = ({
  description,
  max,
  orEmpty = false,
  pattern,
  message,
  holds = () => true,
  celHolds,
  rules = [],
}: Form) =>
  z
    .string()
    .min(orEmpty ? 0 : 1)
    .max(max)
    .refine((value) => (orEmpty && value === '') || (pattern.test(value) && holds(value)), message)
    .meta({
      description: orEmpty ? `${description} Empty is as good as left out.` : description,
      ...cel(
        {
          rule: `${orEmpty ? "self == '' || " : ''}self.matches(${celText(pattern.source)})${celHolds === undefined ? '' : ` && (${celHolds})`}`,
          message,
        },
        ...rules,
      ),
    });

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = `${OCTET}(\\.${OCTET}){3}`;
const LENGTH = '(3[0-2]|[12]?[0-9])';

/** Room for an IPv6 address, so that one is refused in words, not as too long. */
const ADDRESS_MAX = 45;
const PREFIX_MAX = 49;
const POOL_MAX = 96;

const address = {
  max: ADDRESS_MAX,
  pattern: new RegExp(`^${IPV4}$`),
  message: 'must be an IPv4 address, such as 192.0.2.10',
};

/** An IPv4 address in dotted decimal notation. */
export const ipv4 = (description: string, ...rules: readonly CelRule[]) => text({ ...address, description, rules });

export const ipv4OrEmpty = (description: string) => text({ ...address, description, orEmpty: true });

/** Kea takes `192.0.2.1/24` and `192.0.2.0/24` for two different subnets. */
const noHostBits = (prefix: string): CelRule => ({
  rule: `!isCIDR(${prefix}) || cidr(${prefix}).masked() == cidr(${prefix})`,
  message: 'must be a network address: the bits after the prefix length must be 0, as in 192.0.2.0/24',
  messageExpression: `'must be a network address, without bits after the prefix length: write %s'.format([string(cidr(${prefix}).masked())])`,
});

/** The characters of an IPv6 address; CEL and the reader say whether it is one. */
const IPV6 = '[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*';
const IPV6_LENGTH = '(12[0-8]|1[01][0-9]|[1-9]?[0-9])';

/** Whether text of this form is an address, or a prefix, indeed: an IPv4 one is by its pattern. */
const isPrefix = (text: string): boolean => prefixIn(text) !== undefined;

const isIndeed = (kind: 'IP' | 'CIDR'): string => `!self.contains(':') || is${kind}(self)`;

const ipv6Address = {
  max: ADDRESS_MAX,
  pattern: new RegExp(`^${IPV6}$`),
  message: 'must be an IPv6 address, such as 2001:db8::10',
};

/** An IPv6 address, in any spelling. */
export const ipv6 = (description: string) =>
  text({ ...ipv6Address, description, holds: isAddress, celHolds: isIndeed('IP') });

const anyAddress = 'must be an IP address, such as 192.0.2.10 or 2001:db8::10';

/** An address of either family. */
export const ipAddress = (description: string, ...rules: readonly CelRule[]) =>
  text({
    description,
    max: ADDRESS_MAX,
    pattern: new RegExp(`^(${IPV4}|${IPV6})$`),
    message: anyAddress,
    holds: isAddress,
    celHolds: isIndeed('IP'),
    rules,
  });

const anyPrefix = 'must be a prefix in CIDR notation, such as 192.0.2.0/24 or 2001:db8:1::/64';

/** A prefix of either family in CIDR notation, without host bits. */
export const ipPrefix = (description: string, ...rules: readonly CelRule[]) =>
  text({
    description,
    max: PREFIX_MAX,
    pattern: new RegExp(`^(${IPV4}/${LENGTH}|${IPV6}/${IPV6_LENGTH})$`),
    message: anyPrefix,
    holds: isPrefix,
    celHolds: isIndeed('CIDR'),
    rules: [noHostBits('self'), ...rules],
  });

const ipv6PrefixMessage = 'must be an IPv6 prefix in CIDR notation, such as 2001:db8:8000::/48';

/** An IPv6 prefix in CIDR notation, without host bits. */
export const ipv6Prefix = (description: string) =>
  text({
    description,
    max: PREFIX_MAX,
    pattern: new RegExp(`^${IPV6}/${IPV6_LENGTH}$`),
    message: ipv6PrefixMessage,
    holds: isPrefix,
    celHolds: isIndeed('CIDR'),
    rules: [noHostBits('self')],
  });

/** The two addresses of a range as numbers, once its form is known to be right (CEL cannot compare addresses). */
const FIRST_NOT_ABOVE_LAST =
  "[self.findAll('[0-9]+', 8).map(octet, int(octet))].all(n, ((n[0] * 256 + n[1]) * 256 + n[2]) * 256 + n[3] <= ((n[4] * 256 + n[5]) * 256 + n[6]) * 256 + n[7])";

/** Without blanks, in CEL. */
export const compact = (text: string) => `${text}.replace(' ', '').replace('\\t', '')`;

const isIPv6Pool = (pool: string): boolean =>
  pool.includes('/') ? isPrefix(pool) : pool.split('-').every((address) => isAddress(address));

/** `192.0.2.10-192.0.2.99` or a prefix such as `192.0.2.64/26`, of either family; blanks do not count, as in Kea. */
export const ipPool = (description: string) => {
  const blanks = '[ \\t]*';
  const range4 = `${blanks}${IPV4}${blanks}-${blanks}${IPV4}${blanks}`;
  const range6 = `${blanks}${IPV6}${blanks}-${blanks}${IPV6}${blanks}`;
  const prefix = `${blanks}(${IPV4}${blanks}/${blanks}${LENGTH}|${IPV6}${blanks}/${blanks}${IPV6_LENGTH})${blanks}`;
  return text({
    description,
    max: POOL_MAX,
    pattern: new RegExp(`^(${range4}|${range6}|${prefix})$`),
    message:
      'must be two addresses of one family, as 192.0.2.10-192.0.2.99 or 2001:db8:1::10-2001:db8:1::99, or a prefix, as 192.0.2.64/26',
    holds: (pool) => !pool.includes(':') || isIPv6Pool(pool.replace(/[ \t]/g, '')),
    rules: [
      noHostBits(compact('self')),
      {
        rule: `!self.contains(':') || (self.contains('/') ? isCIDR(${compact('self')}) : ${compact('self')}.split('-').all(a, isIP(a)))`,
        message: 'must be two IPv6 addresses, as 2001:db8:1::10-2001:db8:1::99, or a prefix, as 2001:db8:1:1::/80',
      },
      {
        rule: `!self.matches(${celText(`^${range4}$`)}) || ${FIRST_NOT_ABOVE_LAST}`,
        message: 'the first address of the pool must not be greater than the last: swap them',
      },
    ],
  });
};

/** Name of an object, as the API server demands of most (DNS-1123 subdomain). */
export const objectName = (description: string) =>
  text({
    description,
    max: 253,
    pattern: /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    message: 'must be the name of an object: lower-case letters, digits, - and ., such as head-office',
  });

/** A reference to an object of the same namespace. */
export const localRef = (kind: string, description = `A ${kind} of the same namespace.`) =>
  z.object({ name: objectName(`Name of the ${kind}.`) }).meta({ description });

/** The parent of an object; moving to another parent takes a new object. */
export const immutableRef = (field: string, kind: string, description: string) =>
  localRef(kind).meta({ description, ...cel(immutable(field)) });

/** Of a network interface's name Linux takes 15 bytes. */
const INTERFACE_MAX = 15;
const INTERFACE = `[^/\\s*]{1,${INTERFACE_MAX}}`;

/** A network interface by name. */
export const interfaceName = (description: string) =>
  text({
    description,
    max: INTERFACE_MAX,
    orEmpty: true,
    pattern: new RegExp(`^${INTERFACE}$`),
    message: 'must be the name of one network interface, such as eth0: no *, no address, no spaces',
  });

/** A network interface by name, alone or with one of its addresses. */
export const interfaceOrAddress = (description: string) =>
  text({
    description,
    max: INTERFACE_MAX + 1 + ADDRESS_MAX,
    pattern: new RegExp(`^${INTERFACE}(/(${IPV4}|${IPV6}))?$`),
    message:
      'must be one network interface, as eth0, or one of its addresses, as eth0/192.0.2.1 or eth0/2001:db8::1; not *, as that would be the interfaces of the pods of the node too',
    holds: (entry) => !entry.includes(':') || isAddress(entry.slice(entry.indexOf('/') + 1)),
    celHolds: "!self.contains(':') || isIP(self.split('/')[1])",
  });

const className = {
  max: 128,
  message: 'must be the name of a client class: without commas, quotes or spaces at its ends',
} as const;

export const clientClassName = text({
  ...className,
  description: 'Name of a client class, e.g. phones.',
  pattern: /^[^,\s"]([^,"]*[^,\s"])?$/,
});

/** The name of a ClientClass: expressions and reservations can give it, and none of the operator's own classes has it. */
export const ownClassName = (description: string, ...rules: readonly CelRule[]) =>
  text({
    ...className,
    description,
    pattern: /^[^,\s\x22']([^,\x22']*[^,\s\x22'])?$/,
    rules: [
      ...rules,
      {
        rule: `!self.startsWith('${OPERATORS_OWN}')`,
        message: `names that begin with ${OPERATORS_OWN} are those of the operator's own classes: choose another`,
      },
    ],
  });

/** Kea looks at them in their order, once the subnet of the client is chosen. */
export const additionalClasses = z
  .array(clientClassName)
  .max(8)
  .meta({
    description:
      'Classes that are evaluated for the clients here, in this order, when their address is found: those with onlyInAdditionalList are evaluated nowhere else.',
    'x-kubernetes-list-type': 'set',
  })
  .optional();

export const clientClasses = (description: string, ...rules: readonly CelRule[]) =>
  z
    .array(clientClassName)
    .max(8)
    .meta({ description, 'x-kubernetes-list-type': 'set', ...(rules.length > 0 ? cel(...rules) : {}) })
    .optional();

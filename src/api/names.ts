/** What becomes of the names of clients, and of the DNS that has them: Kea's keywords `ddns-…`. */
import { z } from 'zod';
import { NAME_REPLACEMENTS } from '../kea/keywordKinds.ts';
import type { CelRule } from './cel.ts';
import { fraction, ordered } from './lifetimes.ts';
import { text } from './text.ts';

const flag = (description: string) => z.boolean().meta({ description }).optional();

/** A time to live in DNS: 31 bits (RFC 2181 8). */
const timeToLive = (description: string) =>
  z.int().min(1).max(2_147_483_647).meta({ description, format: 'int32' }).optional();

const LABEL = '[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?';

/** The same keywords at every level of Kea's inheritance: global, shared network, subnet. */
export const clientNames = {
  ddnsSendUpdates: flag('Tell the DNS of the names of clients, where the servers may at all. Kea: true.'),
  ddnsOverrideNoUpdate: flag('Tell the DNS even of clients that ask for no update. Kea: false.'),
  ddnsOverrideClientUpdate: flag('Tell the DNS in place of clients that would do so themselves. Kea: false.'),
  ddnsReplaceClientName: z
    .enum(NAME_REPLACEMENTS)
    .meta({
      description:
        'When a client gets a name that is made of its address, in place of its own: never, always, when-present (it sends one), when-not-present. Kea: never.',
    })
    .optional(),
  ddnsGeneratedPrefix: text({
    description: 'What names begin with that are made of an address: dyn makes dyn-192-0-2-10. Kea: myhost.',
    max: 63,
    orEmpty: true,
    pattern: new RegExp(`^${LABEL}$`),
    message: 'must be the beginning of a label of DNS: letters, digits, - and _',
  }).optional(),
  ddnsQualifyingSuffix: text({
    description: 'Domain that is put behind names that have none, such as example.org. Kea: none.',
    max: 253,
    orEmpty: true,
    pattern: new RegExp(`^${LABEL}(\\.${LABEL})*\\.?$`),
    message: 'must be a domain name, such as example.org',
  }).optional(),
  ddnsTtlPercent: fraction(
    'How long DNS may keep the records of a lease, as a part of the lease time. Kea: 0.33.',
  ).optional(),
  ddnsTtl: timeToLive('How long DNS may keep the records of a lease, in seconds, whatever the lease time.'),
  ddnsTtlMin: timeToLive('Least time that DNS may keep the records of a lease, in seconds. Kea: 600.'),
  ddnsTtlMax: timeToLive('Greatest time that DNS may keep the records of a lease, in seconds. Kea: no bound.'),
} as const;

/** Of the servers as a whole, as rows have no columns for them. */
export const clientNamesGlobally = {
  ddnsUpdateOnRenew: flag('Tell the DNS at each renewal too, not only where the name is another. Kea: false.'),
  ddnsConflictResolutionMode: z
    .enum(['check-with-dhcid', 'no-check-with-dhcid', 'check-exists-with-dhcid', 'no-check-without-dhcid'])
    .meta({
      description:
        'Whether a name that DNS has for somebody else stays his: check-with-dhcid (it does), check-exists-with-dhcid (it does unless it has no client), no-check-with-dhcid and no-check-without-dhcid (it is taken). Kea: check-with-dhcid.',
    })
    .optional(),
  // Kea reads it when a client comes, and answers nobody where it cannot: so no more is taken than is sure to be right.
  hostnameCharSet: text({
    description: 'Characters of names that are replaced, or with ^ those that are not. Kea: [^A-Za-z0-9.-].',
    max: 255,
    orEmpty: true,
    pattern: /^\[\^?(A-Z|a-z|0-9|[ !-,.-@_`{-~])+-?\]$/,
    message: 'must list characters, as [^A-Za-z0-9.-] does: A-Z, a-z and 0-9, other signs one by one, - at the end',
  }).optional(),
  hostnameCharReplacement: text({
    description: 'What takes the place of each of them. Kea: nothing.',
    max: 63,
    orEmpty: true,
    pattern: /^[-A-Za-z0-9_.]+$/,
    message: 'must be of letters, digits, -, _ and .',
  }).optional(),
} as const;

const alone = (other: string): CelRule => ({
  rule: `!has(self.ddnsTtl) || !has(self.${other})`,
  message: `ddnsTtl is a time by itself, and ${other} is about one that is computed: leave one of them out`,
  fieldPath: `.${other}`,
});

/** Rules over `clientNames`, for the object that holds them: Kea refuses these of one level, and takes them of two. */
export const clientNameRules: readonly CelRule[] = [
  ...['ddnsTtlPercent', 'ddnsTtlMin', 'ddnsTtlMax'].map(alone),
  ordered('ddnsTtlMin', '<=', 'ddnsTtlMax', 'must not be greater than'),
];

/** Who asks for which prefixes: Subnets by what they say and by their rows, reservations, and those who are not of the pair. */
import { type Prefix, prefixIn, without } from '../kea/address.ts';
import { HostMap } from '../kea/partedMap.ts';
import type { SubnetChild } from './child.ts';
import { claimsElsewhere, claimsOfBody, claimsOn, type PrefixClaim } from './conflicts.ts';
import { entryOf, prune } from './memory.ts';
import { at } from './objects.ts';
import type { CompilePass } from './pass.ts';
import { delegatedIn } from './pdPools.ts';
import { partRows } from './rows.ts';
import type { Runner } from './subnets.ts';
import type { KeptRow } from './vanished.ts';

/** Of a row that stays although its Subnet vanished. */
export const claimsOfVanished = ({ row, object }: KeptRow): readonly PrefixClaim[] =>
  claimsOfBody(row.body, { vanished: object, tier: 0 });

/** The prefixes that the rows of an object occupy, whatever its spec says. */
export const claimsOfRows = (rows: Runner['rows'], owner: SubnetChild): readonly PrefixClaim[] =>
  rows.flatMap(({ body }) => claimsOfBody(body, { owner, tier: 0 }));

/** The prefixes that it asks for, and those that its rows have beside them. */
export const claimsOf = ({ subnet: owner, prefix, rows, memory }: Runner): readonly PrefixClaim[] => {
  const delegated = delegatedIn(owner.object.spec);
  if (delegated.length === 0 && rows.every(({ body }) => body.subnet === prefix.text && !body['pd-pools'])) {
    const tier = rows.length > 0 ? 0 : 2;
    return memory.claims.of([owner, tier], () => claimsOn(prefix, [], { owner, tier }));
  }
  const wanted = [prefix, ...delegated.map((one) => one.prefix)];
  const had = rows.flatMap(({ body }) => claimsOfBody(body, { owner, tier: 0 }));
  const tierOf = (one: Prefix, isOfLink: boolean): 0 | 2 => {
    const alike = had.filter(({ delegatedLen }) => (delegatedLen === undefined) === isOfLink).map((row) => row.prefix);
    return isIn(one, alike) ? 0 : 2;
  };
  const tiers = wanted.map((one) => tierOf(one, one === prefix));
  const served = wanted.filter((_, index) => tiers[index] === 0);
  const left = had.filter((row) => !isIn(row.prefix, served));
  return memory.claims.of([owner, ...tiers, ...left.map((row) => row.prefix.text)], () => [
    ...claimsOn(prefix, [], { owner, tier: tiers[0] ?? 2 }),
    ...delegated.map((one, index): PrefixClaim => ({ ...one, owner, tier: tiers[index + 1] ?? 2 })),
    ...left.map((row): PrefixClaim => ({ ...row, isLeft: true })),
  ]);
};

/** Prefixes that rows keep for clients whose reservations ask for them still: they may be anywhere, and serve. */
export const claimsOfReservations = ({
  snapshot,
  subnetMemories,
  facts,
  memory,
  rows,
  surroundings,
}: CompilePass): readonly PrefixClaim[] => {
  if (!facts.family.tables.pdPool) return [];
  const { hosts } = surroundings.rows.owned;
  const { parts } = memory.hosts.of([hosts], () => HostMap.of(hosts));
  return snapshot.subnets.flatMap((owner, index) => {
    const own = subnetMemories[index];
    const part = parts.get(rows.subnetsOf(owner.ref)[0]?.body.id ?? 0);
    if (!part || !own?.group.havePrefixes) return [];
    const { members } = own.group;
    const { of } = own.group.rows.of([part, members], () => partRows(part, members));
    return own.kept.of([owner, members, part], () =>
      members.flatMap(({ ref, isDeleting, hasPrefixes, object }) => {
        if (isDeleting || !hasPrefixes) return [];
        const had = new Set(of(ref).flatMap(({ body }) => body.prefixes ?? []));
        return keptIn(object.spec).flatMap((prefix): readonly PrefixClaim[] => {
          const { text, length } = prefix;
          return had.has(text)
            ? [{ field: 'prefixes', prefix, delegatedLen: length, owner, keeper: ref, tier: 0 }]
            : [];
        });
      }),
    );
  });
};

/** The prefixes that a reservation keeps, whatever else is wrong with it. */
const keptIn = (spec: unknown): readonly Prefix[] => {
  const prefixes = at(spec, 'prefixes');
  if (!Array.isArray(prefixes)) return [];
  return (prefixes as readonly unknown[]).flatMap((text) => (typeof text === 'string' ? (prefixIn(text) ?? []) : []));
};

/** Whether others have all of it. */
const isIn = (prefix: Prefix, others: readonly Prefix[]): boolean =>
  others.some((other) => other.text === prefix.text) || (others.length > 0 && without(prefix, others).length === 0);

export const claimsOfOthers = ({ snapshot: { elsewhere }, memory }: CompilePass): readonly PrefixClaim[] => {
  const claims = elsewhere.flatMap((subnet) => entryOf(memory.elsewhere, subnet, () => claimsElsewhere(subnet)));
  if (memory.elsewhere.size > elsewhere.length) prune(memory.elsewhere, new Set(elsewhere));
  return claims;
};

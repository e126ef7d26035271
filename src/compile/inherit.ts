/** What a value is where nobody has set it: Kea’s inheritance from global to shared network to subnet. */
import { globalsFieldOf } from '../api/families.ts';
import type { HAPairSpec } from '../api/haPair.ts';
import { tellsOfLeases } from '../api/roles.ts';
import { type Family, perFamily } from '../kea/family.ts';
import { isSet, scalarsAt } from '../kea/keywords.ts';
import { LEASE_TIMES, type Lifetimes, type NetworkPart } from '../kea/state.ts';
import { reject, warnOf } from './objects.ts';
import type { Rejection, Warning } from './types.ts';

/** One level of Kea's inheritance, in Kea's own words, and what people call it. */
export interface InheritedLevel {
  /** `SharedNetwork campus`, `HAPair hq`; empty for the object itself. */
  readonly name: string;
  readonly fields: Partial<NetworkPart>;
}

const SCALARS = scalarsAt('network');

/** The scalars of a spec under Kea's keywords; those that are not set are absent. */
export const scalarsOf = (spec: Readonly<Record<string, unknown>>): Partial<NetworkPart> => {
  const scalars: Record<string, unknown> = {};
  for (const { field, keyword } of SCALARS) {
    if (isSet(spec[field])) scalars[keyword] = spec[field];
  }
  return scalars;
};

export const globalsOf = (pairName: string, family: Family, spec: HAPairSpec): InheritedLevel => ({
  name: `HAPair ${pairName}`,
  fields: scalarsOf(spec[globalsFieldOf(family)]),
});

/** What a keyword is in effect, and the level that says so: the nearest one that is set. */
const effective = <K extends keyof NetworkPart>(levels: readonly InheritedLevel[], keyword: K) => {
  const level = levels.find(({ fields }) => fields[keyword] !== undefined);
  return level && { value: level.fields[keyword], from: level.name };
};

/** A keyword's value in effect; the levels go from the object outwards. */
export const inherited = <K extends keyof NetworkPart>(levels: readonly InheritedLevel[], keyword: K) =>
  effective(levels, keyword)?.value;

/** Kea's default of valid-lifetime (simple_parser4.cc, GLOBAL4_DEFAULTS). */
const DEFAULT_VALID_LIFETIME = 7200;
/** Of it a preferred lifetime that nobody set (Dhcpv6 in alloc_engine.cc). */
const PREFERRED_PART = 0.625;

/**
 * The lease times that an object has to spell out. Kea's parser inherits each of the keywords by itself; a row that
 * has one of a time and its bounds stands for all three (createTriplet): without the time its bounds are lost, without bounds they
 * are the time. So an object that sets one gets them all, and pulled and parsed configurations are the same.
 */
export const completeLifetimes = (own: Partial<NetworkPart>, outer: readonly InheritedLevel[]): Lifetimes => {
  const levels = [{ name: '', fields: own }, ...outer];
  const valid = inherited(levels, 'valid-lifetime') ?? DEFAULT_VALID_LIFETIME;
  const byDefault = { 'valid-lifetime': valid, 'preferred-lifetime': Math.floor(valid * PREFERRED_PART) } as const;
  return Object.fromEntries(
    LEASE_TIMES.flatMap(([time, ...bounds]) => {
      if ([time, ...bounds].every((keyword) => own[keyword] === undefined)) return [];
      const spelled = bounds.map((bound) => [bound, inherited(levels, bound)] as const);
      return [
        [time, inherited(levels, time) ?? byDefault[time]],
        ...spelled.filter(([, bound]) => bound !== undefined),
      ];
    }),
  );
};

/** Two keywords of which the first must be less than the second, or equal to it. */
interface Order {
  readonly small: keyof Lifetimes;
  readonly great: keyof Lifetimes;
  readonly strict: boolean;
  /** Kea's value where no level sets it. */
  readonly defaults?: { readonly small?: number; readonly great?: number };
}

const T2_PERCENT = { 4: 0.875, 6: 0.8 } as const;

const ordersOf = perFamily(({ version }): readonly Order[] => [
  { small: 'min-valid-lifetime', great: 'valid-lifetime', strict: false, defaults: { great: DEFAULT_VALID_LIFETIME } },
  { small: 'valid-lifetime', great: 'max-valid-lifetime', strict: false, defaults: { small: DEFAULT_VALID_LIFETIME } },
  { small: 't1-percent', great: 't2-percent', strict: true, defaults: { small: 0.5, great: T2_PERCENT[version] } },
  { small: 'min-preferred-lifetime', great: 'preferred-lifetime', strict: false },
  { small: 'preferred-lifetime', great: 'max-preferred-lifetime', strict: false },
  // Kea takes it, and a client refuses an answer with such times (RFC 8415 21.6).
  { small: 'preferred-lifetime', great: 'valid-lifetime', strict: false, defaults: { great: DEFAULT_VALID_LIFETIME } },
]);

/**
 * Whether lifetimes fit together, counting what is inherited. Only pairs of which the object itself sets one are judged: a
 * contradiction further out is that object's. Kea refuses the whole configuration for it ("Invalid triplet values").
 */
export const checkLifetimes = (
  family: Family,
  own: Partial<NetworkPart>,
  outer: readonly InheritedLevel[],
): Rejection | undefined => {
  const levels = [{ name: '', fields: own }, ...outer];
  for (const { small, great, strict, defaults } of ordersOf(family)) {
    if (own[small] === undefined && own[great] === undefined) continue;
    const [left, right] = [numberIn(levels, small, defaults?.small), numberIn(levels, great, defaults?.great)];
    if (!left || !right || (strict ? left.value < right.value : left.value <= right.value)) continue;
    const demand = strict ? 'must be less than' : 'must not be greater than';
    const message = `${camel(small)} ${left.value}${left.from} ${demand} ${camel(great)} ${right.value}${right.from}: set both here, so that they fit`;
    return reject('InvalidLifetimes', message);
  }
  return undefined;
};

/** Seconds that mean for ever (Lease::INFINITY_LFT of Kea). */
const FOREVER = 4_294_967_295;

/**
 * What is to be said of a lease time, as with timers to the object that sets it.
 * @param path Of the object that has the field; empty: the specification.
 */
export const leaseTimeWarnings = (
  { mode, ha }: Pick<HAPairSpec, 'mode' | 'ha'>,
  lifetime: number | undefined,
  path = '',
): readonly Warning[] => {
  if (lifetime === undefined) return [];
  const field = `${path}validLifetime`;
  if (lifetime === FOREVER) {
    const text = `${FOREVER} is for ever: an address that a client once had is never free again, though the client never comes back. Set a lease time, however long`;
    return [warnOf('LeasesNeverEnd', field, text)];
  }
  if (mode === 'Standalone' || lifetime * 1000 > ha.maxResponseDelay) return [];
  const text = `a server takes its partner for lost after ${ha.maxResponseDelay} ms of silence (ha.maxResponseDelay of the HAPair), and leases of ${lifetime} s end before: clients lose their addresses when a server fails. Set a greater validLifetime, or a smaller ha.maxResponseDelay`;
  return [warnOf('LeasesEndInFailover', field, text)];
};

const TIMERS = ['renew-timer', 'rebind-timer', 'valid-lifetime'] as const;

/**
 * Timers that Kea never sends, as they do not fit (setTeeTimes): T2 has to be less than the lease time, T1 less than T2 where that is
 * sent, else less than the lease time. As with lifetimes the object is told that sets one of them.
 */
export const timersLeftOut = (
  family: Family,
  own: Partial<NetworkPart>,
  outer: readonly InheritedLevel[],
): readonly Warning[] => {
  if (TIMERS.every((keyword) => own[keyword] === undefined)) return [];
  const levels = [{ name: '', fields: own }, ...outer];
  const left = family.version === 4 ? timersLeftOut4(levels) : timersLeftOut6(levels);
  const [first = ''] = left;
  if (first === '') return [];
  const remedy = 'Set timers that fit, or calculateTeeTimes in their place';
  const message = `${left.join('; ')}. Clients then renew at times of their own (${OWN_TIMES[family.version]}). ${remedy}`;
  return [{ reason: 'TimersLeftOut', field: `spec.${first.slice(0, first.indexOf(' '))}`, message }];
};

const OWN_TIMES = {
  4: 'RFC 2131: T1 at a half, T2 at seven eighths of the lease',
  6: 'RFC 8415: T1 at a half, T2 at eight tenths of the preferred lifetime',
} as const;

/** Kea takes any T2, and sends no T1 that is not less (Dhcpv6Srv::setTeeTimes). */
const timersLeftOut6 = (levels: readonly InheritedLevel[]): readonly string[] => {
  const [renew, rebind] = [numberIn(levels, 'renew-timer', undefined), numberIn(levels, 'rebind-timer', undefined)];
  if (!renew || !rebind || renew.value < rebind.value) return [];
  return [`renewTimer ${shown(renew)} is not less than rebindTimer ${shown(rebind)}: Kea leaves T1 out`];
};

const timersLeftOut4 = (levels: readonly InheritedLevel[]): readonly string[] => {
  const [renew, rebind] = [numberIn(levels, 'renew-timer', undefined), numberIn(levels, 'rebind-timer', undefined)];
  const lease = { field: 'validLifetime', ...numberIn(levels, 'valid-lifetime', DEFAULT_VALID_LIFETIME) };
  const late = rebind !== undefined && rebind.value >= lease.value;
  const ceiling = rebind === undefined || late ? lease : { field: 'rebindTimer', ...rebind };
  return [
    ...(late ? [`rebindTimer ${shown(rebind)} is not less than validLifetime ${shown(lease)}: Kea leaves T2 out`] : []),
    ...(renew !== undefined && renew.value >= ceiling.value
      ? [`renewTimer ${shown(renew)} is not less than ${ceiling.field} ${shown(ceiling)}: Kea leaves T1 out`]
      : []),
  ];
};

interface Effective {
  readonly value: number;
  /** Where it comes from, for people. */
  readonly from: string;
}

const shown = ({ value, from }: Effective): string => `${value}${from}`;

/**
 * What a row has of reusing leases. Where servers tell each other of them the row must not have it, however long it is there: the mode of a pair can change,
 * and the earlier row of what is rejected serves on. So it is left out, and the pair's own 0 is what counts.
 */
export const reuseOf = (
  spec: HAPairSpec,
  own: Partial<NetworkPart>,
): { readonly fields: Partial<NetworkPart>; readonly warnings: readonly Warning[] } => {
  const { 'cache-max-age': age, ...fields } = own;
  if (age === undefined || age === 0 || !tellsOfLeases(spec)) return { fields: own, warnings: [] };
  const text = `${age}: it is left out, as the servers of the HAPair tell each other of leases when they write them, and a client whose first request the partner missed would have a lease that the partner gives away. Leave it out, or set it to 0`;
  return { fields, warnings: [warnOf('CacheMaxAgeLeftOut', 'cacheMaxAge', text)] };
};

/** A number in effect; undefined where neither a level nor Kea has one. */
function numberIn(levels: readonly InheritedLevel[], keyword: keyof Lifetimes, byDefault: number): Effective;
function numberIn(
  levels: readonly InheritedLevel[],
  keyword: keyof Lifetimes,
  byDefault: number | undefined,
): Effective | undefined;
function numberIn(levels: readonly InheritedLevel[], keyword: keyof Lifetimes, byDefault: number | undefined) {
  const found = effective(levels, keyword);
  if (typeof found?.value === 'number') {
    return { value: found.value, from: found.from === '' ? '' : ` (from ${found.from})` };
  }
  return byDefault === undefined ? undefined : { value: byDefault, from: " (Kea's default)" };
}

/** `min-valid-lifetime` as the custom resources spell it. */
const camel = (keyword: string): string => keyword.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

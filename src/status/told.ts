/** What a status tells of the warnings of an object: all but those that its annotation silences. */
import { ANNOTATIONS } from '../api/kind.ts';
import { WARNING_REASONS } from '../api/reasons.ts';
import type { AnyObject } from '../compile/objects.ts';
import type { Warning } from '../compile/types.ts';
import { legible } from '../kea/text.ts';

/** The warnings of a status: a list that is a map by reason. */
export const toldOf = ({ metadata }: AnyObject, found: readonly Warning[]): readonly Warning[] => {
  const annotation = metadata.annotations?.[ANNOTATIONS.silence];
  if (annotation === undefined) return found.length < 2 ? found : byReason(found);
  const silenced = new Set(annotation.split(',').flatMap((name) => name.trim() || []));
  return byReason([...found, ...unknownIn(silenced)]).filter(({ reason }) => !silenced.has(reason));
};

/** Several of a reason become one. */
const byReason = (found: readonly Warning[]): readonly Warning[] => {
  const told = new Map<string, Warning>();
  for (const warning of found) {
    const known = told.get(warning.reason);
    told.set(warning.reason, known ? joined(known, warning) : warning);
  }
  return [...told.values()];
};

/** A warning as a status has it. */
interface Told {
  readonly reason: string;
  readonly field?: string | undefined;
  readonly message: string;
}

/** @param whose Of what the second is, where the first is of something else. */
export const joined = <T extends Told>(one: T, other: T, whose = ''): T => ({
  ...one,
  ...(one.field === other.field ? {} : { field: fieldsOf(one, other).join(', ') }),
  message: one.message === other.message ? one.message : `${one.message}; ${whose}${other.message}`,
});

/** What several are about, each once. */
const fieldsOf = (...told: readonly Told[]): readonly string[] => [
  ...new Set(told.flatMap(({ field }) => field?.split(', ') ?? [])),
];

const KNOWN: ReadonlySet<string> = new Set(WARNING_REASONS);

const unknownIn = (silenced: ReadonlySet<string>): readonly Warning[] => {
  const unknown = [...silenced].filter((name) => !KNOWN.has(name));
  if (unknown.length === 0) return [];
  const field = `metadata.annotations[${ANNOTATIONS.silence}]`;
  const message = `${ANNOTATIONS.silence}: no warning is called ${unknown.join(' or ')}. Name some of ${WARNING_REASONS.join(', ')}, with commas between`;
  return [{ reason: 'UnknownWarning', field, message: legible(message) }];
};

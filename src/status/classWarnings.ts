/** What may surprise about ClientClasses. */
import type { ClassChild } from '../compile/child.ts';
import { leaseTimeWarnings } from '../compile/inherit.ts';
import { warnOf } from '../compile/objects.ts';
import { reservationsIn } from '../compile/snapshot.ts';
import type { Compiled, Warning } from '../compile/types.ts';
import { needsNoDefinition } from '../kea/classOrder.ts';
import { neverTrueIn } from '../kea/neverTrue.ts';
import { lazily } from '../kea/once.ts';
import type { ClassBody } from '../kea/state.ts';
import { type NamedClasses, namedClasses } from './references.ts';
import type { Attempt } from './types.ts';

/** What is to be said of the classes of a pass. */
export const classWarnings = (attempt: Attempt): ((child: ClassChild) => readonly Warning[]) => {
  const { compiled, snapshot } = attempt;
  if (!compiled) return () => [];
  const named = lazily(() => namedClasses(attempt));
  const reserved = lazily(() => reservedClasses(attempt));
  const rows = lazily(() => rowsByOwner(compiled));
  return (child) => {
    const body = rows().get(child.ref);
    if (!body || compiled.verdicts.get(child.ref)?.accepted !== true) return [];
    return [
      ...comparisons(compiled, body),
      ...('spec' in snapshot.spec ? leaseTimeWarnings(snapshot.spec.spec, body['valid-lifetime']) : []),
      ...withoutClients(body, named, reserved),
      ...withoutEffect(body, named, reserved),
    ];
  };
};

const rowsByOwner = ({ desired }: Compiled): ReadonlyMap<string, ClassBody> =>
  new Map([...desired.classes.values()].flatMap(({ marker, body }) => (marker ? [[marker.object, body]] : [])));

/** The classes that reservations give. */
export const reservedClasses = ({ snapshot }: Attempt): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const { classes } of reservationsIn(snapshot)) for (const name of classes) names.add(name);
  return names;
};

const comparisons = ({ known }: Compiled, body: ClassBody): readonly Warning[] => {
  const tests = [['test', body.test] as const, ['templateTest', body['template-test']] as const];
  return tests.flatMap(([field, test]) => {
    const found = test === undefined ? [] : neverTrueIn(known, test);
    const sentences = found.map(({ text, why, instead }) => {
      const remedy = instead === undefined ? 'Compare as many bytes as there are' : `Write ${instead}`;
      return `${text} is never true, as ${why}. ${remedy}`;
    });
    return sentences.length === 0 ? [] : [warnOf('ComparisonNeverTrue', field, sentences.join('. '))];
  });
};

/** Kea itself, and its hooks, put clients into classes of some names. */
const withoutClients = (
  { name, test, 'template-test': template, 'only-in-additional-list': isAdditional }: ClassBody,
  named: () => NamedClasses,
  reserved: () => ReadonlySet<string>,
): readonly Warning[] => {
  const isLookedAt = (test !== undefined || template !== undefined) && isAdditional !== true;
  if (isLookedAt || needsNoDefinition(name) || named().additional.has(name) || reserved().has(name)) return [];
  const [field, why] = isAdditional
    ? ['onlyInAdditionalList', 'it is looked at only where evaluateAdditionalClasses names it, and nothing does']
    : ['test', 'it has no test, and no HostReservation and no evaluateAdditionalClasses names it'];
  const remedy = isAdditional ? 'Name it there, or leave onlyInAdditionalList out' : 'Give it a test, or name it there';
  return [warnOf('ClassWithoutClients', field, `nobody is in the class ${name}: ${why}. ${remedy}`)];
};

/** What a class has that its clients get nothing of. */
const GIVES_NOTHING: ReadonlySet<string> = new Set<keyof ClassBody>([
  'name',
  'test',
  'template-test',
  'only-in-additional-list',
  'depend-on-known',
  'order-index',
]);

/** A class of a name that means something to Kea has its effect by it. */
const withoutEffect = (
  body: ClassBody,
  named: () => NamedClasses,
  reserved: () => ReadonlySet<string>,
): readonly Warning[] => {
  const { name } = body;
  if (Object.keys(body).some((keyword) => !GIVES_NOTHING.has(keyword))) return [];
  if (needsNoDefinition(name) || reserved().has(name)) return [];
  const { guards, additional } = named();
  const spawned = `SPAWN_${name}_`;
  if (additional.has(name) || guards.has(name) || [...guards].some((one) => one.startsWith(spawned))) return [];
  const text = `the class ${name} gives its clients nothing, and nothing names it. Give it options, lifetimes or boot fields, name it in clientClasses of a Subnet, a pool or an option, or delete it`;
  return [warnOf('ClassWithoutEffect', 'optionData', text)];
};

/** Globals of Kea that the table of keywords does not know: those of a later Kea, in its own JSON. */
import { globalsFieldOf } from '../../api/families.ts';
import type { KeaJson } from '../../kea/answers.ts';
import type { Family } from '../../kea/family.ts';
import { isTooDeep } from '../../kea/nesting.ts';
import { insteadOf } from '../../kea/otherKeywords.ts';

export type ExtraGlobals =
  { readonly ok: true; readonly extra: KeaJson } | { readonly ok: false; readonly message: string };

/** What is left once it is sure that nothing in it has a place of its own: Kea says whether it takes it. */
export const extraGlobals = (family: Family, extra: KeaJson = {}): ExtraGlobals => {
  const path = `spec.${globalsFieldOf(family)}.extra`;
  for (const keyword of Object.keys(extra)) {
    const instead = insteadOf(family.version, keyword);
    if (instead !== undefined) return { ok: false, message: `${path}: ${keyword} has no place here: ${instead}` };
  }
  return isTooDeep(extra)
    ? { ok: false, message: `${path}: it is nested too deep for Kea: nest it less deeply` }
    : { ok: true, extra };
};

/** Those that a server has. */
export const extraIn = ({ version }: Family, config: KeaJson): KeaJson =>
  Object.fromEntries(Object.entries(config).filter(([keyword]) => insteadOf(version, keyword) === undefined));

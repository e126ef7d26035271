/** Parts of the answers of Kea's commands, as schemas. */
import { z } from 'zod';
import { legible } from '../runtime/legible.ts';

/** Of a command that acts: true when it did, undefined (Kea's result 3) when what it should act on is not there. */
export const done = z
  .unknown()
  .transform((): true => true)
  .optional();
export const subnetId = z.number();

/** A name, a state or a sentence that is shown: legible, and no longer than a status may hold of it. */
export const shown = (longest: number) => z.string().transform((text) => legible(text, longest));
export const word = shown(64);

/** Members of a list that are read together. */
const SLICE = 256;

/**
 * A list whose reading ends soon after the first wrong member: zod would tell of every one, at ten times its size.
 * @param most Members beyond are left out.
 */
export const listOf = <T>(member: z.ZodType<T>, most = Infinity) => {
  const slice = z.array(member);
  return z.array(z.unknown()).transform((members, context): readonly T[] => {
    const read: T[] = [];
    const end = Math.min(members.length, most);
    for (let start = 0; start < end; start += SLICE) {
      const { success, data, error } = slice.safeParse(members.slice(start, Math.min(start + SLICE, end)));
      if (!success) {
        const [issue] = error.issues;
        const [index, ...path] = issue?.path ?? [];
        context.addIssue({ code: 'custom', message: issue?.message ?? '', path: [start + Number(index), ...path] });
        return z.NEVER;
      }
      for (const one of data) read.push(one);
    }
    return read;
  });
};

export const object = z.record(z.string(), z.unknown());
export const objects = listOf(object);

/** A subnet, network or configuration as JSON. */
export type KeaJson = Readonly<Record<string, unknown>>;

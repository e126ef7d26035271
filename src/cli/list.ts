/** `lease list`: leases by what they have in common, in any form. */
import { EXIT, type Exit } from './exit.ts';
import { createOutput, type Format } from './output.ts';
import { leasePages } from './pages.ts';
import { type SelectFlags, selectorsOf } from './select.ts';
import type { CliSession } from './session.ts';

export interface ListFlags extends SelectFlags {
  readonly allNamespaces?: boolean;
  readonly output: Format;
  readonly headers: boolean;
  readonly limit?: number;
}

export const runList = async (session: CliSession, flags: ListFlags): Promise<Exit> => {
  const { terminal } = session;
  const namespace = flags.allNamespaces === true ? undefined : session.namespace;
  const output = createOutput(flags.output, {
    withNamespace: namespace === undefined,
    withTitles: flags.headers,
    now: () => terminal.clock.now(),
  });
  let left = flags.limit ?? Infinity;
  let found = 0;
  for await (const { leases } of leasePages(session, { namespace, ...selectorsOf(flags) })) {
    const some = leases.slice(0, left);
    left -= some.length;
    found += some.length;
    await terminal.write(output.page(some.map((object) => ({ kind: 'lease', object }))));
    if (left === 0) break;
  }
  await terminal.write(output.end());
  if (found === 0) terminal.say(`No leases found ${placeText(namespace)}.`);
  return EXIT.done;
};

export const placeText = (namespace: string | undefined): string =>
  namespace === undefined ? 'in any namespace' : `in the namespace ${namespace}`;

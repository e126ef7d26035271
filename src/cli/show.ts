/** `lease show`: one lease and what is around it. */
import { HAPAIRS, HOST_RESERVATIONS, SUBNETS } from '../api/resources.ts';
import { isForbidden, isNotFound } from '../runtime/errors.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { type Beside, describeLease } from './describe.ts';
import { EXIT, type Exit } from './exit.ts';
import type { ShownLease } from './lease.ts';
import { locate } from './locate.ts';
import { complaintOf } from './sentence.ts';
import type { CliSession } from './session.ts';

export const runShow = async (session: CliSession, given: string): Promise<Exit> => {
  const { terminal } = session;
  const leases = await locate(session, given);
  for (const [at, lease] of leases.entries()) {
    const text = await description(session, lease);
    await terminal.write(at === 0 ? text : `\n${text}`);
  }
  return EXIT.done;
};

const description = async (session: CliSession, lease: ShownLease): Promise<string> => {
  const { namespace } = lease.metadata;
  const beside = <T extends KubeObject>(resource: Resource<T>, name: string | undefined): Promise<Beside<T>> =>
    name === undefined ? Promise.resolve('absent') : read(session, resource, namespace, name);
  const [subnet, pair, reservation] = await Promise.all([
    beside(SUBNETS, lease.spec.subnet),
    beside(HAPAIRS, lease.spec.haPair),
    beside(HOST_RESERVATIONS, lease.spec.reservation),
  ]);
  return describeLease({ lease, subnet, pair, reservation }, session.terminal.clock.now());
};

const read = async <T extends KubeObject>(
  { client, terminal }: CliSession,
  resource: Resource<T>,
  namespace: string,
  name: string,
): Promise<Beside<T>> => {
  try {
    return await client.get(resource, { namespace, name }, { signal: terminal.signal });
  } catch (error) {
    if (isNotFound(error)) return 'absent';
    if (isForbidden(error)) return 'forbidden';
    throw complaintOf(error);
  }
};

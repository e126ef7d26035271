/** One lease by its name or its address. */
import { LEASE_GROUP, LEASES } from '../apiserver/resource.ts';
import { isNotFound } from '../runtime/errors.ts';
import type { NamespacedName } from '../runtime/object.ts';
import { Complaint, usageError } from './exit.ts';
import { LEASE_OBJECTS, leaseNameOf, readLease, type ShownLease } from './lease.ts';
import { placeText } from './list.ts';
import { leasePages } from './pages.ts';
import { complaintOf, isForbiddenComplaint, isUnserved } from './sentence.ts';
import type { CliSession } from './session.ts';

/** @throws Complaint for what no lease can be called. */
export const leaseNameIn = (given: string): string => {
  const name = leaseNameOf(given);
  if (name === undefined) {
    throw usageError(
      `"${given.slice(0, 64)}" is no name of a lease: give an address, or a prefix as 2001:db8:8000::/56. "find" takes anything else.`,
    );
  }
  return name;
};

/** Undefined where there is none. @throws Complaint */
export const getLease = async (
  { client, terminal }: CliSession,
  at: NamespacedName,
): Promise<ShownLease | undefined> => {
  const right = { group: LEASE_GROUP, resource: LEASES.plural, verbs: ['get'], namespace: at.namespace };
  try {
    return readLease(await client.get(LEASE_OBJECTS, at, { signal: terminal.signal }));
  } catch (error) {
    if (isNotFound(error) && !isUnserved(error)) return undefined;
    throw complaintOf(error, right);
  }
};

/**
 * The leases of that name: in the namespace that was named, or that of the context; where it is in neither, in every one that has it.
 * @throws Complaint where there is none.
 */
export const locate = async (session: CliSession, given: string): Promise<readonly [ShownLease, ...ShownLease[]]> => {
  const name = leaseNameIn(given);
  const { namespace } = session;
  const near = await getLease(session, { namespace, name });
  if (near !== undefined) return [near];
  const found: ShownLease[] = [];
  let scope: string | undefined = namespace;
  if (!session.isNamespaceGiven) {
    try {
      for await (const { leases } of leasePages(session, { fieldSelector: `metadata.name=${name}` }))
        found.push(...leases);
      scope = undefined;
    } catch (error) {
      if (!isForbiddenComplaint(error)) throw error;
    }
  }
  const [first, ...others] = found;
  if (first === undefined) throw new Complaint(`There is no lease of ${given} ${placeText(scope)}.`);
  return [first, ...others];
};

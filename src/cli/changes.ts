/** What came, went and changed between two looks at the leases. */
import { hash } from 'node:crypto';
import type { ShownLease } from './lease.ts';

export interface LeaseChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly lease: ShownLease;
}

export interface Looks {
  /** A look begins, whatever became of the one before. */
  begin(): void;
  /** Takes a lease that is there now; what is new about it. */
  see(lease: ShownLease): LeaseChange | undefined;
  /** The end of a look. Those not seen in it are gone, unless not all could be seen. */
  end(isWhole: boolean): readonly LeaseChange[];
  readonly size: number;
}

interface Seen {
  readonly lease: ShownLease;
  readonly digest: string;
  round: number;
}

/** @param withRenewals Whether a new end of a lease is a change. */
export const createLooks = (withRenewals: boolean): Looks => {
  const seen = new Map<string, Seen>();
  let round = 0;
  return {
    get size() {
      return seen.size;
    },
    begin: () => {
      round++;
    },
    see: (lease) => {
      const { namespace, name } = lease.metadata;
      const key = `${namespace}/${lease.spec.haPair}/${name}`;
      const digest = digestOf(lease, withRenewals);
      const before = seen.get(key);
      if (before?.digest === digest) {
        before.round = round;
        return undefined;
      }
      seen.set(key, { lease, digest, round });
      return { type: before === undefined ? 'ADDED' : 'MODIFIED', lease };
    },
    end: (isWhole) => {
      const gone: LeaseChange[] = [];
      for (const [key, { lease, round: last }] of isWhole ? seen : []) {
        if (last === round) continue;
        seen.delete(key);
        gone.push({ type: 'DELETED', lease });
      }
      return gone;
    },
  };
};

const digestOf = ({ spec, status }: ShownLease, withRenewals: boolean): string =>
  hash('sha1', JSON.stringify([spec, status.state, ...(withRenewals ? [status.expires, status.lastTransaction] : [])]));

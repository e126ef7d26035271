/** Leases as Kubernetes objects, very many of them: what it takes to read them, and what else it costs. No cluster: kube-apiserver and etcd alone. */
import { openAsker } from './asker.ts';
import { type CopiesResult, measureCopies } from './leaseCopies.ts';
import { openLeaseLab } from './leaseLab.ts';
import { type Read, readAll, readLeases, type WholeList, writeSecret } from './leaseReads.ts';
import { measureServed, type ServedResult } from './leaseService.ts';
import { openPsql } from './psql.ts';

export interface LeasesResult {
  readonly leases: number;
  readonly repetitions: number;
  readonly insertSeconds: number;
  readonly loadSeconds: number;
  readonly reads: readonly Read[];
  readonly whole: WholeList;
  readonly copies: CopiesResult;
  readonly served: ServedResult;
}

export interface LeasesSettings extends Pick<LeasesResult, 'leases' | 'repetitions'> {
  /** How often all leases are listed. */
  readonly lists: number;
  /** For so long custom resources are stored, seconds. */
  readonly copySeconds: number;
  readonly service: Pick<ServedResult, 'clients' | 'seconds' | 'repetitions'>;
}

export const measureLeases = async (
  { leases, repetitions, lists, copySeconds, service }: LeasesSettings,
  say: (line: string) => void,
): Promise<LeasesResult> => {
  const stop: (() => Promise<void>)[] = [];
  try {
    const lab = await openLeaseLab(leases, say, stop);
    await writeSecret(lab);
    const asker = await openAsker(lab.world.server);
    stop.push(() => asker.close());
    const psql = await openPsql(lab.database.target);
    stop.push(() => psql.end());
    const tools = { lab, asker, psql, leases, repetitions };

    const reads = await readLeases(tools, say);
    const whole = await readAll(tools, lists);
    say(`  all at once: ${JSON.stringify(whole)}`);
    const served = await measureServed(lab, asker, service, say);
    // The last: etcd is another one with them in it.
    const copies = await measureCopies(lab, asker, { leases, seconds: copySeconds }, say);
    const { insertSeconds, loadSeconds } = lab;
    return { leases, repetitions, insertSeconds, loadSeconds, reads, whole, copies, served };
  } finally {
    for (const end of stop.reverse()) await end();
  }
};

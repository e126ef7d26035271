import { ensureAuthority, issueLeaf } from '../../src/workload/certificates.ts';
import { type NetworkMember, openNetwork } from '../support/network.ts';
import { startPostgres, type TestDatabase } from '../support/postgres.ts';
import type { PairGround } from '../support/runningPair.ts';
import { startPodLab } from '../support/workloadLab.ts';

/** What the servers of a measurement stand on without a cluster: a network and a PostgreSQL of their own, and who asks them. */
export interface Ground extends PairGround {
  readonly database: TestDatabase;
  readonly client: NetworkMember;
}

/** @param stop Collects what is to be ended, the last first. */
export const openGround = async (stop: (() => Promise<void>)[]): Promise<Ground> => {
  const network = await openNetwork();
  stop.push(() => network.close());
  const authority = await ensureAuthority('database', undefined, Date.now());
  const spec = { commonName: 'postgresql', addresses: [network.address], use: 'server' } as const;
  const tls = await issueLeaf(authority, spec, Date.now());
  const postgres = await startPostgres({ addresses: [network.address], tls });
  stop.push(() => postgres.stop());
  const database = await postgres.database();
  stop.push(() => database.drop());
  const lab = await startPodLab();
  stop.push(() => lab.stop());
  const client = network.reserve();
  await client.join();
  const { user, password, port, name } = database.target;
  const ca = authority.current.cert;
  const target = { host: network.address, port, name, user, password, sslMode: 'verify-full', ca } as const;
  return { network, lab, target, stop, database, client };
};

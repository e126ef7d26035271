import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { haServer } from '../../test/support/haServer.ts';
import { makePair, topologyOf } from '../../test/support/pair.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { createCarryOut, type PairScene } from './carryOut.ts';
import { createServerMemory, type ServerContact } from './convergence.ts';

const A = haServer('a', 'primary', 'hot-standby', { scopes: ['a'] });
const B = haServer('b', 'standby', 'hot-standby');

/** What happens, in order, when the pod of b is replaced and a covers for it. */
const restartB = async (answers: boolean, haPort: number): Promise<readonly string[]> => {
  const happened: string[] = [];
  const contactOf = (name: string, { status }: typeof A): ServerContact =>
    ({
      status,
      subnets: 1,
      leaseless: false,
      client: {
        name,
        family: DHCPV4,
        call: (command: string) => {
          if (command.startsWith('ha-')) happened.push(`${name} ${command}`);
          return Promise.resolve(undefined);
        },
      },
    }) as unknown as ServerContact;
  const servers = ['a', 'b'].map((name, n) => ({
    name,
    node: `node${n + 1}`,
    interfaces: ['lan0'],
    address: `127.0.0.${n + 1}`,
  }));
  const topology = { ...topologyOf(makePair({ servers })), haPort };
  const scene = {
    topology,
    state: {
      servers: topology.servers.map((server) => ({ server, wanted: { config: {}, digest: 'wanted' } })),
      formers: [],
    },
    contacts: new Map([['a', contactOf('a', A)], ...(answers ? [['b', contactOf('b', B)] as const] : [])]),
    conditions: [],
    footing: { subnets: new Set([1]) },
    memory: createServerMemory(),
  } as unknown as PairScene;
  const workload = {
    keep: () => Promise.resolve(),
    removeFormer: () => Promise.resolve(),
    deletePod: () => {
      happened.push('pod of b deleted');
      return Promise.resolve();
    },
  };
  const carryOut = createCarryOut(workload, createFakeClock());
  await carryOut({ kind: 'restart', server: 'b', idle: true, cover: 'a' }, scene);
  return happened;
};

/** A port that somebody listens on, or that was listened on a moment ago. */
const portOf = async (listens: boolean): Promise<{ readonly port: number; readonly close: () => void }> => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.2', resolve);
  });
  const { port } = server.address() as { readonly port: number };
  if (!listens) await new Promise((resolve) => server.close(resolve));
  return { port, close: () => server.close() };
};

describe('a server whose pod is replaced', () => {
  const covered = ['a ha-maintenance-start', 'pod of b deleted'];
  it.each([
    ['is covered for by its partner where it answers', true, true, covered],
    ['is covered for where it has ended, and its machine says so', false, false, covered],
    [
      'is not told of it by its partner where nothing is heard of it: that would answer nobody for 10 s',
      false,
      true,
      ['pod of b deleted'],
    ],
  ] as const)('%s', async (_, answers, listens, expected) => {
    const { port, close } = await portOf(listens);
    expect(await restartB(answers, port)).toEqual(expected);
    close();
  });
});

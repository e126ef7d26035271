import { describe, expect, it, vi } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { makePair, topologyOf } from '../../test/support/pair.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { MARKER_KEY } from '../kea/state.ts';
import type { Footing } from './carryOut.ts';
import type { ServerContact } from './convergence.ts';
import { createSettler, type Settled } from './settle.ts';
import type { Workload, WorkloadState } from './workload.ts';

const topology = topologyOf(makePair());

const stateOf = (held: boolean): WorkloadState => ({
  servers: topology.servers.map((server) => ({
    server,
    pod: { exists: true, ready: false, templateCurrent: server.name !== 'a' },
    wanted: { config: { Dhcp4: {} }, digest: 'wanted' },
  })) as unknown as WorkloadState['servers'],
  formers: [],
  schema: { complete: true },
  held,
  ownLeases: true,
  certificates: new Map(),
  problems: [],
});

const FOOTING: Footing = {
  subnets: new Set(),
  revision: '1',
  given: () => Promise.resolve(undefined),
  checkDatabase: () => Promise.resolve({ kind: 'passed' }),
};

const settle = async (
  workload: Parameters<typeof createSettler>[0],
  state: WorkloadState,
  contacts: ReadonlyMap<string, ServerContact> = new Map(),
): Promise<Settled> => {
  const settler = createSettler(workload, createFakeClock());
  const servers = { topology, state, contacts, expected: false };
  return settler.configure(servers, await settler.look(servers), FOOTING);
};

describe('settle', () => {
  it.each([
    ['replaces the pod of a server that serves nobody', false, ['a']],
    ['leaves the servers of a pair as they are while another pair has what they would need', true, []],
  ])('%s', async (_, held, replaced) => {
    const deleted: string[] = [];
    const workload: Pick<Workload, 'keep' | 'deletePod' | 'removeFormer'> = {
      removeFormer: () => Promise.resolve(),
      keep: () => Promise.resolve(),
      deletePod: (_topology, { server }) => {
        deleted.push(server.name);
        return Promise.resolve();
      },
    };
    const settled = await settle(workload, stateOf(held));
    expect(deleted).toEqual(replaced);
    expect(settled.done.map(({ server }) => server)).toEqual(replaced);
    if (held) expect(settled.servers.get('a')?.message).toContain('another pair has an interface or a port');
  });

  it('says what the schema job waits for, as no pod is replaced before it', async () => {
    const workload = { keep: vi.fn(), deletePod: vi.fn(), removeFormer: vi.fn() };
    const marker = { object: 'HAPair/net/office', bootstrap: 'wanted' };
    const running = { Dhcp4: { 'user-context': { [MARKER_KEY]: marker } } };
    const contact = {
      client: { name: 'b', family: DHCPV4, call: () => Promise.resolve(running), close: () => Promise.resolve() },
      status: { pid: 1, uptime: 100, reload: 100 },
    } as unknown as ServerContact;
    const state = { ...stateOf(false), schema: { complete: false, message: 'the schema job: ImagePullBackOff' } };
    const settled = await settle(workload, state, new Map([['a', contact]]));
    expect(settled.servers.get('a')).toEqual({ current: false, message: 'the schema job: ImagePullBackOff' });
  });
});

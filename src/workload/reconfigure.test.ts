import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { haServer } from '../../test/support/haServer.ts';
import { makePair, topologyOf } from '../../test/support/pair.ts';
import { KeaRefused } from '../kea/client.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import type { ServerContact } from './convergence.ts';
import { createReconfigurer } from './reconfigure.ts';
import type { WorkloadServer } from './workload.ts';

const topology = topologyOf(makePair({ mode: 'LoadBalancing' }));
const A = haServer('a', 'primary', 'load-balancing', { scopes: ['a'] });
const B = haServer('b', 'secondary', 'load-balancing', { scopes: ['b'] });

/** What happens, in order, when b takes a configuration of which `others` says what becomes of the others. */
const configureB = async (
  mode: 'load-balancing' | 'hot-standby',
  others: { readonly moves?: readonly string[]; readonly formers?: readonly string[] },
  refuses = false,
): Promise<string> => {
  const happened: string[] = [];
  const contactOf = (name: string, { status }: typeof A): ServerContact => ({
    status: JSON.parse(JSON.stringify(status).replace('"any"', `"${mode}"`)) as ServerContact['status'],
    subnets: 0,
    leaseless: false,
    client: {
      name,
      family: DHCPV4,
      close: () => Promise.resolve(),
      call: (command: string) => {
        if (command === 'status-get' && name === 'a' && happened.includes('pod of a deleted')) {
          return Promise.reject(new KeaRefused(command, 1, 'it has ended'));
        }
        if (/dhcp-|config-set/.test(command)) happened.push(`${name} ${command}`);
        if (command === 'config-set' && refuses) return Promise.reject(new KeaRefused(command, 1, 'no'));
        return Promise.resolve(command === 'status-get' ? status : undefined);
      },
    },
  });
  const contacts = new Map([
    ['a', contactOf('a', A)],
    ['b', contactOf('b', B)],
  ]);
  const serverOf = (name: string): WorkloadServer =>
    ({
      server: topology.servers.find((server) => server.name === name),
      wanted: { config: { Dhcp4: {} }, digest: 'wanted' },
    }) as unknown as WorkloadServer;
  const reconfigurer = createReconfigurer(
    {
      keep: () => Promise.resolve(),
      deletePod: (_topology, { server }) => {
        happened.push(`pod of ${server.name} deleted`);
        return Promise.resolve();
      },
      removeFormer: () => {
        happened.push('former servers removed');
        return Promise.resolve();
      },
    },
    createFakeClock(),
  );
  const { moves = [], formers = [] } = others;
  const ground = { subnets: new Set<number>(), given: undefined };
  const scene = { topology, contacts, holders: [A, B], ground, known: new Map(), owed: new Set<string>() };
  const place = { cover: 'a', last: false, formers, moves: moves.map(serverOf) };
  const contact = contacts.get('b');
  if (contact === undefined) throw new Error('no contact');
  await reconfigurer.configure(scene, serverOf('b'), contact, place);
  return happened.join(', ');
};

describe('a server that takes its configuration last', () => {
  it.each([
    [
      'with load balancing has one that moves give out nothing meanwhile, as nobody would hear of it',
      'load-balancing',
      { moves: ['a'] },
      false,
      'a dhcp-disable, b config-set, pod of a deleted',
    ],
    [
      'lets it go on where it refuses the configuration',
      'load-balancing',
      { moves: ['a'] },
      true,
      'a dhcp-disable, b config-set, a dhcp-enable',
    ],
    [
      'with load balancing takes former servers away before',
      'load-balancing',
      { formers: ['c'] },
      false,
      'former servers removed, b config-set',
    ],
    [
      'with a hot standby lets both serve until it has it: none gives out what the other does not hear of',
      'hot-standby',
      { moves: ['a'], formers: ['c'] },
      false,
      'b config-set, former servers removed, pod of a deleted',
    ],
  ] as const)('%s', async (_, mode, others, refuses, expected) => {
    expect(await configureB(mode, others, refuses)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import type { KeaStatus } from '../kea/commands.ts';
import { sharingOf } from './sharing.ts';

const says = (mode: string, name: string, role: string, partner: string, partnerRole: string): KeaStatus => ({
  pid: 1,
  uptime: 1,
  reload: 1,
  'high-availability': [
    {
      'ha-mode': mode,
      'ha-servers': {
        local: { 'server-name': name, role, scopes: [], state: 'load-balancing' },
        remote: { 'server-name': partner, role: partnerRole },
      },
    },
  ],
});
const A = says('load-balancing', 'a', 'primary', 'b', 'secondary');

describe('sharingOf', () => {
  it.each<readonly [string, readonly KeaStatus[], ReturnType<typeof sharingOf>]>([
    ['nobody is heard of', [], undefined],
    [
      'both share the work',
      [A, says('load-balancing', 'b', 'secondary', 'a', 'primary')],
      { primary: ['a'], secondary: ['b'] },
    ],
    ['one speaks for both', [A], { primary: ['a'], secondary: ['b'] }],
    [
      'one knows the new partner already',
      [A, says('load-balancing', 'c', 'secondary', 'a', 'primary')],
      { primary: ['a'], secondary: ['b', 'c'] },
    ],
    ['one is still a standby', [A, says('hot-standby', 'b', 'standby', 'a', 'primary')], 'nobody'],
    ['it is alone', [{ pid: 1, uptime: 1, reload: 1 }], 'nobody'],
  ])('%s', (_case, statuses, expected) => {
    expect(sharingOf(statuses)).toEqual(expected);
  });
});

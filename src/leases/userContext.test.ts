import { expect, it } from 'vitest';
import { leaseContext } from './userContext.ts';

const relay4 = { ISC: { 'relay-agent-info': { 'sub-options': '0x0C01AA', 'remote-id': '0102', 'relay-id': 'AABB' } } };
const relays6 = {
  ISC: {
    'relay-info': [
      { hop: 1, link: '2001:db8::1', peer: 'fe80::1', 'remote-id': '01', 'relay-id': '0A' },
      { hop: 0, link: '2001:db8::2', peer: 'fe80::2', 'remote-id': '02' },
    ],
  },
};

it.each([
  ['the ids of a relay agent of IPv4', relay4, { relayId: 'aa:bb', remoteId: '01:02' }],
  ['those next to the client of IPv6', relays6, { relayId: '0a', remoteId: '02' }],
  ['no ids, where Kea stores them in the way of before 2.3', { ISC: { 'relay-agent-info': '0x01' } }, {}],
  ['what a hook wrote', { site: 'x' }, {}],
  ['no ids of what is none', { ISC: { 'relay-agent-info': { 'remote-id': 'printer' } } }, {}],
])('a user context tells %s', (_, userContext, ids) => {
  expect(leaseContext(userContext)).toEqual({ userContext, ...ids });
  expect(leaseContext(JSON.stringify(userContext))).toEqual({ userContext, ...ids });
});

it.each([
  ['nothing', undefined],
  ['null', null],
  ['no JSON', '{'],
  ['a list', [1]],
  ['an empty one', {}],
  ['more than 4 KiB', { text: 'x'.repeat(4_096) }],
  ['more than 4 KiB of text', JSON.stringify({ text: 'x'.repeat(4_096) })],
])('of %s there is nothing to tell', (_, given) => {
  expect(leaseContext(given)).toEqual({});
});

import { describe, expect, it } from 'vitest';
import {
  decide,
  NOTHING_DONE,
  type ReleaseProgress,
  type ReleaseStep,
  type SeenLease,
  type SeenServer,
} from './decide.ts';
import type { ReleaseRequest } from './request.ts';

const MAC = '02:00:5e:10:00:01';
const OTHER = '02:00:5e:10:00:02';
const request: ReleaseRequest = {
  namespace: 'dhcp',
  pair: 'office',
  ipFamily: 'IPv4',
  address: '10.7.0.1',
  holder: {},
  user: 'alice',
};

const lease = (cltt = 100, hwAddress = MAC): SeenLease => ({ cltt, holder: { hwAddress }, expires: cltt + 3600 });
/** `a` serves, `b` stands by. */
const a = (more: Partial<SeenServer> = {}): SeenServer => ({ name: 'a', serves: true, lease: lease(), ...more });
const b = (more: Partial<SeenServer> = {}): SeenServer => ({ name: 'b', serves: false, lease: lease(), ...more });
const gone = ({ lease: _, ...server }: SeenServer): SeenServer => server;
const away = ({ lease: _, ...server }: SeenServer): SeenServer => ({
  ...server,
  unfit: 'does not answer (b: refused)',
});

const half: ReleaseProgress = {
  begun: new Map([
    ['a', lease()],
    ['b', lease()],
  ]),
  asked: ['a'],
  confirmed: true,
};
const cross = { begun: half.begun, asked: ['a', 'b'], confirmed: true };
const looked = (times: number, ...said: string[]): ReleaseProgress => ({
  ...NOTHING_DONE,
  difference: { what: said.join(' '), times },
});

/** A step in short. */
const short = (step: ReleaseStep): string => {
  if (step.do === 'delete') return `delete from ${step.from}${step.updateDns ? ' and DNS' : ''}`;
  return step.do === 'wait' ? 'wait' : step.answer.outcome;
};
const next = (
  servers: readonly SeenServer[],
  {
    progress = NOTHING_DONE,
    shared = false,
    holder = {},
  }: { progress?: ReleaseProgress; shared?: boolean; holder?: ReleaseRequest['holder'] } = {},
): ReleaseStep => decide({ request: { ...request, holder }, shared }, servers, progress);

describe('before anything is deleted', () => {
  it.each<[string, readonly SeenServer[], Parameters<typeof next>[1], string]>([
    ['the server that serves comes first, and tells DNS', [b(), a()], {}, 'delete from a and DNS'],
    ['a server that is alone', [a()], {}, 'delete from a and DNS'],
    ['nobody has the lease', [gone(a()), gone(b())], {}, 'NotFound'],
    ['a server is away', [a(), away(b())], {}, 'Conflict'],
    ['a server is away, and the other has no lease', [gone(a()), away(b())], {}, 'Conflict'],
    ['a server fetches leases', [a(), b({ unfit: 'is in state syncing' })], {}, 'Conflict'],
    ['the holder is as expected', [a(), b()], { holder: { hwAddress: MAC } }, 'delete from a and DNS'],
    ['the holder is another', [a(), b()], { holder: { hwAddress: OTHER } }, 'Conflict'],
    [
      'the holder is another on one server',
      [a(), b({ lease: lease(100, OTHER) })],
      { holder: { hwAddress: MAC } },
      'Conflict',
    ],
    ['one of two conditions does not hold', [a(), b()], { holder: { hwAddress: MAC, clientId: '01:02' } }, 'Conflict'],
    ['an update is on its way to the partner', [a({ lease: lease(200) }), b()], {}, 'wait'],
    ['a new lease is on its way to the partner', [a(), gone(b())], {}, 'wait'],
    [
      'another difference than before is waited for anew',
      [a({ lease: lease(300) }), b()],
      { progress: looked(2, `200/${MAC}//`, `100/${MAC}//`) },
      'wait',
    ],
    [
      'an update that the partner missed',
      [a({ lease: lease(200) }), b()],
      { progress: looked(2, `200/${MAC}//`, `100/${MAC}//`) },
      'delete from a and DNS',
    ],
    [
      'a release that stood half done before the operator was started anew',
      [gone(a()), b()],
      { progress: looked(2, 'none', `100/${MAC}//`) },
      'delete from b and DNS',
    ],
    [
      'two holders, for good',
      [a({ lease: lease(200, OTHER) }), b()],
      { progress: looked(2, `200/${OTHER}//`, `100/${MAC}//`) },
      'Conflict',
    ],
    ['one database: any server will do', [away(a()), b()], { shared: true }, 'delete from b and DNS'],
    ['one database: no server is there', [away(a()), away(b())], { shared: true }, 'ServiceUnavailable'],
    [
      'one database: what differs for a moment is one row',
      [a({ lease: lease(200) }), b()],
      { shared: true },
      'delete from a and DNS',
    ],
  ])('%s', (_, servers, options, expected) => {
    expect(short(next(servers, options))).toBe(expected);
  });

  it('says what is in the way, and what to do', () => {
    expect(next([a(), away(b())])).toMatchObject({
      answer: {
        message:
          'the lease of 10.7.0.1 was not released: of HAPair dhcp/office server b does not answer (b: refused). It would come back from there: release it when all servers are at work again',
      },
    });
    expect(next([a(), b()], { holder: { hwAddress: OTHER } })).toMatchObject({
      answer: { message: `the lease of 10.7.0.1 is of another client, ${MAC}: it was not released` },
    });
  });
});

describe('after the first deletion', () => {
  it.each<[string, readonly SeenServer[], Parameters<typeof next>[1], string]>([
    ['the partner follows, and DNS is not told again', [gone(a()), b()], {}, 'delete from b'],
    [
      'DNS is told by the partner where the first deletion had no answer',
      [gone(a()), b()],
      { progress: { ...half, confirmed: false } },
      'delete from b and DNS',
    ],
    ['the partner went: it is waited for', [gone(a()), away(b())], {}, 'wait'],
    ['the first server went: it is waited for', [away(a()), gone(b())], {}, 'wait'],
    ['nobody has it, as far as is known', [gone(a()), gone(b())], {}, 'wait'],
    ['nobody has it a moment later', [gone(a()), gone(b())], { progress: { ...half, gone: true } }, 'Released'],
    ['a server that is alone needs no second look', [gone(a())], {}, 'Released'],
    [
      'a renewal from before the deletion arrived at the partner',
      [gone(a()), b({ lease: lease(101) })],
      { progress: { ...half, gone: true } },
      'wait',
    ],
    ['the client came back', [a({ lease: lease(101) }), b({ lease: lease(101) })], {}, 'Conflict'],
    ['the client came back to the first server', [a({ lease: lease(101) }), b()], {}, 'Conflict'],
    ['the client came back, and the partner is away', [a({ lease: lease(101) }), away(b())], {}, 'Conflict'],
    ['the client renewed it at the partner', [gone(a()), b({ lease: lease(101) })], {}, 'wait'],
    [
      'its renewal and the deletion crossed: it is released all the same, and DNS told again',
      [a({ lease: lease(101) }), gone(b())],
      { progress: { ...half, ...looked(2, `101/${MAC}//`, 'none'), ...cross } },
      'delete from a and DNS',
    ],
    ['another client got the address', [a({ lease: lease(100, OTHER) }), gone(b())], {}, 'wait'],
    [
      'another client got it, and the partner does not hear of it',
      [a({ lease: lease(101, OTHER) }), gone(b())],
      { progress: { ...half, ...looked(2, `101/${OTHER}//`, 'none'), ...cross } },
      'Conflict',
    ],
    ['the first server has it back from its partner', [a(), b()], {}, 'delete from a'],
    ['it comes back without end', [a(), b()], { progress: { ...half, asked: Array<string>(8).fill('a') } }, 'wait'],
    ['somebody asks again who means another client', [gone(a()), b()], { holder: { hwAddress: OTHER } }, 'Conflict'],
    ['one database: the row is gone', [away(a()), gone(b())], { shared: true }, 'Released'],
    ['one database: nobody can say', [away(a()), away(b())], { shared: true }, 'wait'],
  ])('%s', (_, servers, options, expected) => {
    expect(short(next(servers, { progress: half, ...options }))).toBe(expected);
  });

  it('says whose it was', () => {
    expect(next([gone(a()), gone(b())], { progress: { ...half, gone: true } })).toMatchObject({
      answer: { message: `the lease of 10.7.0.1, which ${MAC} had, was released` },
    });
  });
});

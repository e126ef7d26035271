import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../test/support/fakeClock.ts';
import type { User } from './authenticate.ts';
import { type Authorizer, createAuthorizer } from './authorize.ts';

const alice: User = { name: 'alice', groups: ['staff'], extra: { scopes: ['a'] } };
const list = { verb: 'list', namespace: 'dhcp' };

let clock: FakeClock;
let asked: unknown[];
let answer: () => unknown;
let authorizer: Authorizer;

beforeEach(() => {
  clock = createFakeClock();
  asked = [];
  answer = () => ({ status: { allowed: true } });
  const raw = ({ body }: { body?: unknown }): Promise<unknown> => {
    asked.push(body);
    return Promise.resolve().then(answer);
  };
  authorizer = createAuthorizer({ client: { raw }, clock });
});

describe('the authorizer', () => {
  it('asks with everything that is known of the user', async () => {
    await authorizer.authorize({ ...alice, uid: '42' }, { ...list, name: '192.0.2.1' });
    expect(asked).toEqual([
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: 'alice',
          uid: '42',
          groups: ['staff'],
          extra: { scopes: ['a'] },
          resourceAttributes: {
            verb: 'list',
            namespace: 'dhcp',
            name: '192.0.2.1',
            group: 'state.kea-operator.io',
            version: 'v1alpha1',
            resource: 'leases',
          },
        },
      },
    ]);
  });

  it('keeps an answer for ten seconds, a refusal too', async () => {
    answer = () => ({ status: { allowed: false, reason: 'no role' } });
    for (const ms of [0, 9_999]) {
      await clock.advance(ms);
      await expect(authorizer.authorize(alice, list)).rejects.toMatchObject({
        code: 403,
        message:
          'leases.state.kea-operator.io is forbidden: User "alice" cannot list resource "leases" in API group "state.kea-operator.io" in the namespace "dhcp": no role',
      });
    }
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    answer = () => ({ status: { allowed: true } });
    await authorizer.authorize(alice, list);
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['another user', { ...alice, name: 'bob' }, list],
    ['another group', { ...alice, groups: ['guests'] }, list],
    ['another scope', { ...alice, extra: { scopes: ['b'] } }, list],
    ['another verb', alice, { ...list, verb: 'get' }],
    ['another namespace', alice, { verb: 'list' }],
  ])('does not answer %s with what it keeps', async (_, user, access) => {
    await authorizer.authorize(alice, list);
    await authorizer.authorize(user, access);
    expect(asked).toHaveLength(2);
  });

  it('asks once for what many want to know at the same time', async () => {
    await Promise.all([1, 2, 3].map(() => authorizer.authorize(alice, list)));
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['no answer', new Error('connection refused')],
    ['an answer without a verdict', undefined],
  ])('does not let anybody in on %s, and asks again', async (_, error) => {
    answer = () => {
      if (error !== undefined) throw error;
      return { status: {} };
    };
    await expect(authorizer.authorize(alice, list)).rejects.toMatchObject({ code: 503 });
    answer = () => ({ status: { allowed: true } });
    await authorizer.authorize(alice, list);
    expect(asked).toHaveLength(2);
  });

  it('lets system:masters do everything without asking, as every authorizer of Kubernetes', async () => {
    await authorizer.authorize({ ...alice, groups: ['system:masters'] }, list);
    expect(asked).toEqual([]);
  });

  it('does not keep more than it can bear', async () => {
    for (let index = 0; index < 5_000; index++) await authorizer.authorize({ ...alice, name: `u${index}` }, list);
    await authorizer.authorize({ ...alice, name: 'u4999' }, list);
    expect(asked).toHaveLength(5_000);
    await authorizer.authorize({ ...alice, name: 'u0' }, list);
    expect(asked).toHaveLength(5_001);
  });
});

import { describe, expect, it } from 'vitest';
import type { KubeClient } from './client.ts';
import { createMetricsAccess } from './metricsAccess.ts';

interface Asked {
  readonly path: string;
  readonly body: { readonly apiVersion: string; readonly kind: string; readonly spec: object };
}

/** kube-apiserver, which knows the token `good`, and lets its bearer read metrics or not. */
const setup = (allowed: boolean) => {
  const asked: Asked[] = [];
  const raw = (call: Asked): Promise<unknown> => {
    asked.push(call);
    const { kind, spec } = call.body;
    if (kind === 'SubjectAccessReview') return Promise.resolve({ status: { allowed } });
    const isGood = (spec as { readonly token: string }).token === 'good';
    const user = { username: 'prometheus', uid: '7', groups: ['monitoring'], extra: { scopes: ['a'] } };
    return Promise.resolve({ status: isGood ? { authenticated: true, user } : { user: {}, error: 'no such token' } });
  };
  return { asked, access: createMetricsAccess({ raw } as unknown as Pick<KubeClient, 'raw'>) };
};

describe('access to metrics', () => {
  it.each<[string, string | undefined, boolean, number]>([
    ['nobody', undefined, true, 401],
    ['whoever has a password', 'Basic Z29vZA==', true, 401],
    ['whoever has no token', 'Bearer', true, 401],
    ['a token that kube-apiserver does not know', 'Bearer bad', true, 401],
    ['one that it knows and RBAC does not allow', 'Bearer good', false, 403],
    ['one that RBAC allows', 'Bearer good', true, 200],
  ])('of %s', async (_, authorization, allowed, status) => {
    expect(await setup(allowed).access(authorization)).toBe(status);
  });

  it('is asked for all that is known of the user, as nonResourceURLs of RBAC have it', async () => {
    const { asked, access } = setup(true);
    await access('Bearer good');
    expect(asked).toMatchObject([
      { path: '/apis/authentication.k8s.io/v1/tokenreviews', body: { apiVersion: 'authentication.k8s.io/v1' } },
      {
        path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          spec: {
            user: 'prometheus',
            uid: '7',
            groups: ['monitoring'],
            extra: { scopes: ['a'] },
            nonResourceAttributes: { path: '/metrics', verb: 'get' },
          },
        },
      },
    ]);
  });

  it('cannot be told while kube-apiserver is away, nor of more than a few at once', async () => {
    const failing = createMetricsAccess({ raw: () => Promise.reject(new Error('away')) });
    expect(await failing('Bearer good')).toBe(503);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const slow = createMetricsAccess({ raw: () => promise });
    const first = Array.from({ length: 4 }, () => slow('Bearer good'));
    expect(await slow('Bearer good')).toBe(503);
    resolve({ status: {} });
    expect(await Promise.all(first)).toEqual([401, 401, 401, 401]);
    expect(await slow('Bearer good')).toBe(401);
  });
});

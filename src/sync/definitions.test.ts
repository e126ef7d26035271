import { describe, expect, it } from 'vitest';
import { ApiError } from '../runtime/errors.ts';
import { lookAtDefinitions } from './definitions.ts';

const GOING = new AbortController().signal;

/** An API server that answers for the definition of Subnets with this, and has all others. */
const answering = (subnets: () => Promise<unknown>) => ({
  raw: ({ path }: { readonly path: string }): Promise<unknown> =>
    path.includes('subnets.kea') ? subnets() : Promise.resolve({ metadata: { uid: path } }),
});
const status = (code: number) => () => Promise.reject(new ApiError(code, { message: 'no' }, 'GET'));

const look = async (subnets: () => Promise<unknown>, unserved: readonly string[] = []) => {
  const found = await lookAtDefinitions(answering(subnets), new Set(unserved), GOING);
  return { leaving: [...found.leaving], missing: [...found.missing], forbidden: [...found.forbidden] };
};

describe('lookAtDefinitions', () => {
  it.each([
    ['all are whole', () => Promise.resolve({ metadata: { uid: '1' } }), {}],
    ['one is not there', status(404), { missing: ['Subnet'] }],
    ['one may not be read: that says nothing of it', status(403), { forbidden: ['Subnet'] }],
    [
      'one is being deleted',
      () => Promise.resolve({ metadata: { uid: '1', deletionTimestamp: 'now' } }),
      { leaving: ['Subnet'] },
    ],
  ])('%s', async (_, subnets, expected) => {
    expect(await look(subnets)).toEqual({ leaving: [], missing: [], forbidden: [], ...expected });
  });

  it('throws where the API server does not answer', async () => {
    await expect(look(status(503))).rejects.toThrow('no');
  });
});

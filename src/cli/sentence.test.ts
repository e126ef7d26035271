import { expect, it } from 'vitest';
import { ApiError, ConnectionError } from '../runtime/errors.ts';
import { Complaint } from './exit.ts';
import { complaintOf, sentenceOf } from './sentence.ts';

const PATH = 'GET /apis/state.kea-operator.io/v1alpha1/leases';
const api = (status: number, reason: string, message: string): ApiError =>
  new ApiError(status, { reason, message }, PATH);
const broken = (code: string): ConnectionError =>
  new ConnectionError('Unreachable', `${PATH}: x`, Object.assign(new Error(`connect ${code}`), { code }));
const RIGHT = { group: 'state.kea-operator.io', resource: 'leases', verbs: ['list'] };

it.each([
  [
    'a selector that is none',
    api(400, 'BadRequest', 'leases cannot be selected by spec.x'),
    'The lease API refuses the question: leases cannot be selected by spec.x',
  ],
  ['a user that is not known', api(401, 'Unauthorized', 'Unauthorized'), 'Log in again'],
  [
    'a right that is missing',
    api(403, 'Forbidden', 'no'),
    'ClusterRole with this rule, bound to you:\n    - apiGroups: [state.kea-operator.io]',
  ],
  [
    'no lease API',
    api(404, 'NotFound', 'the server could not find the requested resource'),
    'This cluster has no lease API: there is no APIService v1alpha1.state.kea-operator.io',
  ],
  ['no such lease', api(404, 'NotFound', 'leases "x" not found'), 'leases "x" not found'],
  ['a list that was forgotten', api(410, 'Expired', 'x'), 'run the command again'],
  [
    'too much to do',
    api(429, 'TooManyRequests', 'too many leases are being read'),
    'too much to do (too many leases are being read)',
  ],
  [
    'an API that is down',
    api(503, 'ServiceUnavailable', 'service unavailable'),
    '"kubectl get apiservice v1alpha1.state.kea-operator.io" says',
  ],
  ['a server that is not there', broken('ECONNREFUSED'), 'cannot be reached (connect ECONNREFUSED)'],
  ['a certificate of somebody else', broken('DEPTH_ZERO_SELF_SIGNED_CERT'), 'not one that the kubeconfig trusts'],
  ['no answer', new ConnectionError('Timeout', 'x'), 'no answer in time'],
  ['a plugin for credentials that is not there', new Error('spawn aws ENOENT\u001b[2J'), 'spawn aws ENOENT\\u{1b}[2J'],
])('%s', (_because, error, words) => {
  expect(sentenceOf(error, RIGHT)).toContain(words);
});

it('an error of a request becomes a complaint with its cause; any other stays itself', () => {
  const error = api(503, 'ServiceUnavailable', 'x');
  expect(complaintOf(error)).toMatchObject({ name: 'Complaint', cause: error });
  const other = new Complaint('x');
  expect(complaintOf(other)).toBe(other);
});

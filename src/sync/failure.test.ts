import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reasons } from '../api/reasons.ts';
import { BackendRefused, BackendUnavailable, StaleObservation } from '../backend/backend.ts';
import { KeaRefused, KeaUnreachable } from '../kea/client.ts';
import { LeasesUnavailable } from '../leases/source.ts';
import { ApiError, ConnectionError } from '../runtime/errors.ts';
import { DatabaseUnavailable } from '../workload/database/postgres/ensure.ts';
import { CredentialsMissing } from '../workload/database/resolve.ts';
import { NameTaken } from '../workload/store.ts';
import { failureOf } from './failure.ts';

const api = (status: number) => new ApiError(status, { reason: 'Word' }, 'GET /');

describe('a pass that ends in an error', () => {
  it.each([
    [new StaleObservation('x'), 'StaleObservation'],
    [new BackendUnavailable('x'), 'BackendUnavailable'],
    [new BackendRefused('x'), 'BackendRefused'],
    [new KeaRefused('config-get', 1, 'x'), 'ServerRefused'],
    [new KeaUnreachable('x'), 'ServersUnreachable'],
    [new LeasesUnavailable('x'), 'LeasesUnavailable'],
    [new DatabaseUnavailable('x'), 'BackendUnavailable'],
    [new CredentialsMissing('x'), 'CredentialsMissing'],
    [new NameTaken('x'), 'NameTaken'],
    [new ConnectionError('Timeout', 'x'), 'APIServerUnavailable'],
    [api(500), 'APIServerUnavailable'],
    [api(429), 'APIServerUnavailable'],
    [api(403), 'APIServerRefused'],
    [api(404), 'APIServerRefused'],
    [api(409), 'APIServerRefused'],
    [api(422), 'APIServerRefused'],
    [new TypeError('x'), 'ReconcileFailed'],
  ])('says which: %s', (error, reason) => {
    expect(failureOf(error)).toEqual({ reason, message: error.message });
    expect(reasons).toHaveProperty(reason);
  });

  it('says nothing that a terminal would obey', () => {
    expect(failureOf(new Error('a\u001b[2Jb')).message).toBe('a\\u{1b}[2Jb');
  });
});

it('every class of error has a reason', () => {
  const src = join(import.meta.dirname, '..');
  const bare = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .flatMap((path) => readFileSync(join(src, path), 'utf8').match(/class \w+ extends Error\b/g) ?? []);
  expect(bare).toEqual(['class KnownError extends Error']);
});

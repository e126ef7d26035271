/** The operator that leads, as the lease API asks it: by the certificate that it made for the lease API, at its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HAPAIRS } from '../../src/api/resources.ts';
import { type AskOperator, askOperator } from '../../src/release/ask.ts';
import type { ReleaseRequest } from '../../src/release/request.ts';
import { unlessNotFound } from '../../src/runtime/errors.ts';
import { decoded, SECRETS } from '../../src/workload/objects.ts';
import { eventually } from '../support/eventually.ts';
import { INTERNAL_SERVICE, LEASE_API, SYSTEM, useOperatorBench } from '../support/operatorBench.ts';

const PORT = 20_943;
const bench = useOperatorBench({ releasesPort: PORT });

let directory: string;
let ask: AskOperator;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kea-operator-release-'));
  const file = (name: string): string => join(directory, name);
  await eventually(async () => {
    const at = { namespace: SYSTEM, name: LEASE_API.secret };
    const secret = await unlessNotFound(bench.server.client.get(SECRETS, at));
    expect(secret).toBeDefined();
    for (const [name, text] of Object.entries(secret ? decoded(secret) : {})) await writeFile(file(name), text);
  }, 30_000);
  ask = askOperator(
    { host: '127.0.0.1', port: PORT, serverName: `${INTERNAL_SERVICE}.${SYSTEM}.svc` },
    { certFile: file('tls.crt'), keyFile: file('tls.key'), caFile: file('ca.crt') },
  );
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const release = (namespace: string, pair = 'office') => {
  const request: ReleaseRequest = { namespace, pair, ipFamily: 'IPv4', address: '10.0.0.1', holder: {}, user: 'alice' };
  return ask(request);
};

it('knows the pairs and their servers, and answers as long as it leads', async () => {
  await eventually(async () => {
    expect(await release('nowhere')).toEqual({ outcome: 'NotFound', message: 'there is no HAPair nowhere/office' });
  }, 30_000);

  const lab = await bench.lab();
  await lab.createPair();
  await lab.startServer();
  await eventually(async () => {
    const { outcome, message } = await release(lab.namespace);
    expect(outcome).toMatch(/^(Conflict|ServiceUnavailable)$/);
    expect(message).toMatch(
      /^the lease of 10.0.0.1 was not released: of HAPair lab-1\/office server \S+ does not answer/,
    );
  }, 60_000);

  await bench.server.client.patch(HAPAIRS, { namespace: lab.namespace, name: 'office' }, { spec: { paused: true } });
  await eventually(async () => {
    expect((await release(lab.namespace)).message).toContain('is paused');
  });

  await bench.stopOperator();
  await expect(release('nowhere')).rejects.toMatchObject({ reason: 'OperatorUnavailable' });
  await bench.startOperator();
  await eventually(async () => {
    expect(await release('nowhere')).toMatchObject({ outcome: 'NotFound' });
  }, 30_000);
});

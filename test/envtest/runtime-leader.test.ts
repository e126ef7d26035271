import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { LEADER_LEASES } from '../../src/runtime/leader.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { eventually } from '../support/eventually.ts';

interface Line {
  event: 'leading' | 'beat' | 'lost' | 'stopping';
  identity: string;
  at: number;
}

let server: TestApiServer;
const children = new Set<ChildProcess>();
let lines: Line[] = [];

beforeAll(async () => {
  server = await startApiServer();
});
afterEach(async () => {
  for (const child of children) {
    // What it has said is read to its end, or it would be heard in the next test.
    const closed = once(child, 'close');
    if (child.kill('SIGKILL')) await closed;
  }
  children.clear();
  lines = [];
  await server.client.delete(LEADER_LEASES, { namespace: 'default', name: 'election' });
});
afterAll(() => server.stop());

const startCandidate = (identity: string): ChildProcess => {
  const program = fileURLToPath(new URL('../support/candidate.ts', import.meta.url));
  const child = spawn(process.execPath, [program, server.kubeconfig, identity], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Line));
  return child;
};

const heard = (event: Line['event'], identity: string): Line | undefined =>
  lines.find((line) => line.event === event && line.identity === identity);
const untilHeard = (event: Line['event'], identity: string): Promise<Line> =>
  eventually(() => {
    const line = heard(event, identity);
    if (line === undefined) throw new Error(`${identity} has not said ${event}`);
    return line;
  });

/** The work of the candidates, in the order of time: once another has begun, the one before never goes on. */
const passesOf = (): string[] => {
  const beats = lines.filter(({ event }) => event === 'beat').sort((a, b) => a.at - b.at);
  return beats.map(({ identity }) => identity).filter((identity, i, all) => identity !== all[i - 1]);
};

it('a candidate takes over from a leader that was killed, and the two never work at the same time', async () => {
  const first = startCandidate('first');
  await untilHeard('leading', 'first');
  startCandidate('second');
  await pause(4_000);
  expect(heard('leading', 'second')).toBeUndefined();
  const killedAt = Date.now();
  first.kill('SIGKILL');
  const takeover = await untilHeard('beat', 'second');
  expect(takeover.at - killedAt).toBeGreaterThan(1_500);
  expect(takeover.at - killedAt).toBeLessThan(6_000);
  expect(passesOf()).toEqual(['first', 'second']);
});

it('a leader that ends in good order leaves the Lease to whoever comes', async () => {
  const first = startCandidate('first');
  await untilHeard('beat', 'first');
  const exit = once(first, 'exit');
  first.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  const { spec } = await server.client.get(LEADER_LEASES, { namespace: 'default', name: 'election' });
  expect(spec?.holderIdentity).toBe('');
  startCandidate('second');
  await untilHeard('beat', 'second');
  expect(passesOf()).toEqual(['first', 'second']);
});

it('a leader that was frozen while another took over does nothing when it wakes up', async () => {
  const first = startCandidate('first');
  await untilHeard('leading', 'first');
  startCandidate('second');
  await pause(1_000);
  first.kill('SIGSTOP');
  await untilHeard('beat', 'second');
  first.kill('SIGCONT');
  await untilHeard('lost', 'first');
  await pause(500);
  expect(passesOf()).toEqual(['first', 'second']);
});

it('a leader that loses the API server stops before another may start', async () => {
  startCandidate('first');
  const { at } = await untilHeard('leading', 'first');
  server.freeze();
  const lost = await untilHeard('lost', 'first');
  server.thaw();
  expect(lost.at - at).toBeLessThan(3_000);
});

it('an absence of the API server that is shorter than the deadline changes no leader', async () => {
  startCandidate('first');
  await untilHeard('leading', 'first');
  startCandidate('second');
  await pause(1_000);
  server.freeze();
  await pause(800);
  server.thaw();
  await pause(2_500);
  expect(heard('lost', 'first')).toBeUndefined();
  expect(passesOf()).toEqual(['first']);
});

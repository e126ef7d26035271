/** Pairs whose databases take connections and then say nothing: they alone have to wait. */
import { afterEach, expect, it } from 'vitest';
import { HAPAIRS, SUBNETS } from '../../src/api/resources.ts';
import { eventually } from '../support/eventually.ts';
import { useOperatorBench } from '../support/operatorBench.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcpProxy.ts';

const bench = useOperatorBench();
const HUNG = ['evil-1', 'evil-2', 'evil-3', 'evil-4'];
const proxies: TcpProxy[] = [];

afterEach(async () => {
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

/** The operator gets in and is told which schema there is, and no answer to the first transaction, as where the storage is stuck. */
const hangingDatabase = async (port: number, onHang: () => void): Promise<number> => {
  const proxy = await startTcpProxy(port, (chunk) => {
    const hangs = chunk.includes('BEGIN');
    if (hangs) onHang();
    return hangs;
  });
  proxies.push(proxy);
  return proxy.port;
};

it('four hung databases of one namespace keep nobody else waiting, and their own objects are told of it', async () => {
  const lab = await bench.lab();
  await lab.createPair();
  await lab.timeToVerdict('first', '10.0.0.0/24');
  const usual = [await lab.timeToVerdict('second', '10.0.1.0/24'), await lab.timeToVerdict('third', '10.0.2.0/24')];

  const evil = await bench.lab();
  const hung = new Set<string>();
  for (const name of HUNG) {
    const port = await hangingDatabase(evil.database.target.port, () => hung.add(name));
    await evil.createPairBeside(name, port);
  }
  await eventually(() => {
    expect([...hung].sort()).toEqual(HUNG);
  });

  const meanwhile = [await lab.timeToVerdict('fourth', '10.0.3.0/24'), await lab.timeToVerdict('fifth', '10.0.4.0/24')];
  process.stderr.write(`usual ${usual.map(Math.round).join()} ms, meanwhile ${meanwhile.map(Math.round).join()} ms\n`);
  expect(Math.max(...meanwhile)).toBeLessThan(2 * Math.max(...usual) + 1_000);

  // What comes during such a pass is told what it waits for, soon.
  const begin = performance.now();
  await evil.createSubnet('late', '10.1.0.0/24', undefined, 'evil-1');
  await eventually(async () => {
    expect(await evil.condition(SUBNETS, 'late', 'Programmed')).toMatchObject({ status: 'Unknown' });
  }, 20_000);
  process.stderr.write(`told after ${Math.round(performance.now() - begin)} ms\n`);

  // The turn itself is given up and says who did not answer.
  await eventually(async () => {
    for (const name of HUNG) {
      expect(await evil.condition(HAPAIRS, name, 'BackendReachable')).toMatchObject({
        reason: 'BackendUnavailable',
        message: expect.stringContaining('given up after 60 s, as it waited for the database') as string,
      });
    }
  }, 75_000);
  // The next one knows of the Subnet, and has less time. Those of the others may have their passes before it.
  await eventually(async () => {
    expect(await evil.condition(SUBNETS, 'late', 'Programmed')).toMatchObject({ reason: 'BackendUnavailable' });
  }, 90_000);
});

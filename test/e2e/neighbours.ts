import { afterAll, expect, it } from 'vitest';
import { NAMESPACE, waitCondition } from '../support/install.ts';
import { cluster, kubectl, serverPods } from './context.ts';
import { LINK, makeLink, removeLink } from './ownLink.ts';

/** A pair on the node of the first server of `campus`. */
const lab = (...fields: readonly string[]): string => `
apiVersion: kea-operator.io/v1alpha1
kind: HAPair
metadata: {name: lab, namespace: ${NAMESPACE}}
spec:
  mode: Standalone
  ${fields.join('\n  ')}
`;

/** Two pairs on one node. */
export const neighbours = (): void => {
  afterAll(async () => {
    await kubectl('delete', 'hapair', 'lab', '--ignore-not-found', '--timeout=60s');
    await kubectl('wait', '--for=delete', 'pod', 'lab-only-0', '--timeout=60s');
    await removeLink('node1');
  });

  it('holds back a pair that claims what an earlier one has, and leaves that one alone', async () => {
    const before = await serverPods();
    await cluster.apply(lab('servers: [{name: only, node: node1, interfaces: [lan0]}]'));
    const { message } = await waitCondition(cluster, 'hapair/lab', 'Ready', {
      status: 'False',
      reason: 'InterfaceTaken',
    });
    expect(message).toContain('interface lan0 of node node1, as server a of the earlier HAPair dhcp/campus');
    expect(message).toContain('TCP port 8000');
    // Its database is made meanwhile, and then its server could start.
    await kubectl('wait', '--for=condition=Complete', 'job', '-l', 'kea-operator.io/pair=lab', '--timeout=120s');
    expect(await kubectl('get', 'statefulsets', '-l', 'kea-operator.io/pair=lab', '-o', 'name')).toBe('');
    expect(await serverPods()).toBe(before);
  });

  it('runs it beside the other once it has an interface and ports of its own, for which it waits where somebody else has them', async () => {
    await makeLink('node1');
    const before = await serverPods();
    // A program that no operator knows of, as a server of a pair in a namespace of another one.
    const listen = 'socat TCP4-LISTEN:8002,fork,reuseaddr EXEC:cat >/dev/null 2>&1 & echo $!';
    const other = (await cluster.run(['exec', 'node1', 'sh', '-c', listen])).trim();
    await cluster.apply(
      lab('controlPort: 8002', 'haPort: 8003', `servers: [{name: only, node: node1, interfaces: [${LINK}]}]`),
    );
    const inUse = { status: 'False', reason: 'PortInUse' };
    const { message } = await waitCondition(cluster, 'hapair/lab', 'Ready', inUse, 120);
    expect(message).toMatch(/only \(TCP port 8002 of \S+ \(node node1\) is in use by another program/);
    await cluster.run(['exec', 'node1', 'kill', other]);
    await waitCondition(cluster, 'hapair/lab', 'Ready', { status: 'True' }, 120);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' });
    expect(await serverPods()).toContain(before);
    expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);
  });
};

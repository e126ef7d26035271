import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NAMESPACE, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster, kubectl, serverPods } from './context.ts';
import { LINK, makeLink, removeLink } from './ownLink.ts';

const NODE = 'node3';
/** Where HAPairs may keep leases. */
const ALLOWED = '/var/lib/kea-operator';
/** Of root's, with mode 0700: nobody's but root's to give away. */
const PRIVATE = '/srv/private';
/** The kubelet tries again within this time, more than once. */
const LONG_ENOUGH_MS = 10_000;
const SERVER_ID = '10067:10067';

const onNode = (script: string): Promise<string> => cluster.run(['exec', NODE, 'sh', '-ec', script]);

/** All that is there: types, owners, modes, times of changes, and what the files hold. */
const treasure = (): Promise<string> =>
  onNode(`find ${PRIVATE} -exec stat -c '%n %F %u:%g %a %s %Y %Z' {} + | sort; cat ${PRIVATE}/shadow`);

const pairAt = (name: string): string => `
apiVersion: kea-operator.io/v1alpha1
kind: HAPair
metadata: {name: ${name}, namespace: ${NAMESPACE}}
spec:
  mode: Standalone
  storage: {type: HostPath, hostPath: ${ALLOWED}}
  servers: [{name: only, node: ${NODE}, interfaces: [${LINK}]}]
`;

const ofInit = (name: string, field: string): Promise<string> =>
  kubectl('get', 'pod', `${name}-only-0`, '-o', `jsonpath={.status.initContainerStatuses[0].${field}}`);

const workloadMessage = (name: string): Promise<string> =>
  kubectl('get', 'hapair', name, '-o', 'jsonpath={.status.conditions[?(@.type=="WorkloadAvailable")].message}');

export const links = (): void => {
  beforeAll(async () => {
    await makeLink(NODE);
    await onNode(
      `mkdir -m 0700 ${PRIVATE}; mkdir -m 0755 ${PRIVATE}/keys; (umask 077; echo treasure >${PRIVATE}/shadow)`,
    );
  });
  afterAll(async () => {
    await removeLink(NODE);
    await onNode(`rm -rf ${PRIVATE} ${ALLOWED}/${NAMESPACE}`);
  });

  it.each([
    ['of the server', 'linked-server', `${NAMESPACE}/linked-server/only`],
    ['of its namespace', 'linked-namespace', NAMESPACE],
  ])('in the place of the lease directory %s opens nothing of root’s, and the pair says so', async (_, name, place) => {
    await onNode(
      `rm -rf ${ALLOWED}/${NAMESPACE}; mkdir -p $(dirname ${ALLOWED}/${place}); ln -s ${PRIVATE} ${ALLOWED}/${place}`,
    );
    const [before, others] = [await treasure(), await serverPods()];
    await cluster.apply(pairAt(name));
    const says = /container lease-directory: CreateContainerConfigError: .*subPath/;
    await until('the pair to say so', 180, async () => says.test(await workloadMessage(name)), 1000);
    await pause(LONG_ENOUGH_MS);
    expect(await ofInit(name, 'state.waiting.reason')).toBe('CreateContainerConfigError');
    expect(await ofInit(name, 'containerID')).toBe('');
    expect(await treasure()).toBe(before);
    expect(await onNode(`grep -F ${PRIVATE} /proc/self/mountinfo || true`)).toBe('');
    // The others serve on.
    expect(await serverPods()).toContain(others);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' });
    expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);

    // It was the link and nothing else: without it the server has a directory of its own.
    await onNode(`rm ${ALLOWED}/${place}`);
    await waitCondition(cluster, `hapair/${name}`, 'Ready', { status: 'True' }, 240);
    const own = await onNode(`stat -c '%F %u:%g %a' ${ALLOWED}/${NAMESPACE}/${name}/only`);
    expect(own.trim()).toBe(`directory ${SERVER_ID} 750`);
    await kubectl('delete', 'hapair', name, '--timeout=60s');
    await kubectl('wait', '--for=delete', 'pod', `${name}-only-0`, '--timeout=60s');
    expect(await treasure()).toBe(before);
  });
};

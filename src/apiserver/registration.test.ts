import { describe, expect, it } from 'vitest';
import { BLANK, decideRegistration, desiredApiService, type Memory, type Sighting } from './registration.ts';

const desired = {
  caBundle: 'PEM',
  service: { namespace: 'kea-system', name: 'kea-operator-leases', port: 443 },
  claimShortName: true,
};

describe('desiredApiService', () => {
  it('ranks above coordination.k8s.io when it claims the short name, and far below when not', () => {
    expect(desiredApiService(desired).spec).toEqual({
      group: 'state.kea-operator.io',
      version: 'v1alpha1',
      groupPriorityMinimum: 16_600,
      versionPriority: 15,
      caBundle: 'UEVN',
      service: desired.service,
    });
    expect(desiredApiService({ ...desired, claimShortName: false }).spec.groupPriorityMinimum).toBe(100);
  });

  it('has the owner that takes it along', () => {
    const owner = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'kea-operator', uid: 'u' };
    expect(desiredApiService({ ...desired, owner }).metadata.ownerReferences).toEqual([owner]);
    expect(desiredApiService(desired).metadata).not.toHaveProperty('ownerReferences');
  });
});

type Step = Omit<Sighting, 'at' | 'registered'> & { readonly s: number };
const UP = { endpointReady: true, available: true };
const NEW = { endpointReady: true, available: undefined };
const DOWN = { endpointReady: false, available: false };
const UNREACHED = { endpointReady: true, available: false };

/** Plays a story, the decision deciding whether the APIService is there at the next step: R(egistered) or -. */
const play = (steps: readonly Step[]): string => {
  let memory: Memory = BLANK;
  let registered = false;
  return steps
    .map(({ s, endpointReady, available }) => {
      const sighting = { at: s * 1_000, registered, endpointReady, available: registered ? available : undefined };
      const decision = decideRegistration(memory, sighting);
      memory = decision.memory;
      registered = decision.action === 'Keep';
      return registered ? 'R' : '-';
    })
    .join('');
};
/** One step every ten seconds. */
const during = (from: number, to: number, seen: Omit<Step, 's'>): Step[] =>
  Array.from({ length: (to - from) / 10 }, (_, index) => ({ s: from + 10 * index, ...seen }));

describe('decideRegistration', () => {
  it.each([
    [
      'not before a pod is ready',
      [
        { s: 0, ...DOWN },
        { s: 5, ...NEW },
        { s: 10, ...UP },
      ],
      '-RR',
    ],
    [
      'kept through an outage of less than half a minute',
      [{ s: 0, ...NEW }, ...during(10, 40, DOWN), { s: 40, ...UP }],
      'RRRRR',
    ],
    ['withdrawn after half a minute without a ready pod', [{ s: 0, ...NEW }, ...during(10, 60, DOWN)], 'RRRR--'],
    [
      'back at once when a pod is ready again',
      [{ s: 0, ...NEW }, ...during(10, 60, DOWN), { s: 60, ...NEW }],
      'RRRR--R',
    ],
    [
      'an outage counts from its own beginning',
      [{ s: 0, ...NEW }, ...during(10, 40, DOWN), { s: 40, ...UP }, ...during(50, 80, DOWN)],
      'RRRRRRRR',
    ],
    [
      'withdrawn when the pods are ready and kube-apiserver does not reach them, and tried again a minute later',
      [{ s: 0, ...NEW }, ...during(10, 120, UNREACHED)],
      'RRRR------RR',
    ],
  ])('%s', (_, steps, expected) => {
    expect(play(steps)).toBe(expected);
  });

  it.each<[string, Omit<Sighting, 'at' | 'registered' | 'anothers'>, string]>([
    ['that answers is left to it, whatever is ready here', UP, 'Leave,Leave'],
    ['that is new is left to it', NEW, 'Leave,Leave'],
    ['that does not answer is left to it for a minute where an API is ready here', UNREACHED, 'Leave,Withdraw'],
    ['that does not answer is left to it where there is none here either', DOWN, 'Leave,Leave'],
  ])('a registration of another operator %s', (_, seen, expected) => {
    let memory: Memory = BLANK;
    const actions = [0, 60_000].map((at) => {
      const decision = decideRegistration(memory, { at, registered: true, anothers: true, ...seen });
      memory = decision.memory;
      return decision.action;
    });
    expect(actions.join()).toBe(expected);
    const later = { at: 60_001, registered: false, ...NEW };
    if (expected.endsWith('Withdraw')) expect(decideRegistration(memory, later).action).toBe('Keep');
  });

  it('grows rarer with every try that fails, and forgets that once kube-apiserver reached the API', () => {
    let memory: Memory = BLANK;
    const pauses: number[] = [];
    for (let round = 0; round < 8; round++) {
      const at = round * 1e7;
      ({ memory } = decideRegistration({ ...memory, downSince: at - 60_000 }, { at, registered: true, ...UNREACHED }));
      pauses.push((memory.notBefore - at) / 60_000);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(decideRegistration(memory, { at: 1e9, registered: true, ...UP }).memory.unreachable).toBe(0);
    expect(decideRegistration(memory, { at: 1e9, registered: true, ...NEW }).memory.unreachable).toBe(8);
  });
});

import { describe, expect, it } from 'vitest';
import { ALLOWED_CASES, BOUNDED } from '../../test/support/allowed.ts';
import { makePair } from '../../test/support/pair.ts';
import type { HAPair } from '../api/index.ts';
import { notAllowed } from './allowed.ts';

const pairIn = (namespace: string, spec: Readonly<Record<string, unknown>>): HAPair => {
  const pair = makePair(spec);
  return { ...pair, metadata: { ...pair.metadata, namespace } };
};

describe('notAllowed', () => {
  it.each(ALLOWED_CASES.filter(({ says }) => says === undefined))(
    'has nothing in $namespace against $what',
    ({ allowed, namespace, spec }) => {
      expect(notAllowed(pairIn(namespace, spec), allowed)).toBeUndefined();
    },
  );

  it.each(ALLOWED_CASES.filter(({ says }) => says !== undefined))(
    'refuses in $namespace $what',
    ({ allowed, namespace, spec, says = '' }) => {
      expect(notAllowed(pairIn(namespace, spec), allowed)).toContain(says);
    },
  );

  it('says all at once, and whom to ask', () => {
    const spec = {
      mode: 'Standalone',
      servers: [{ name: 'a', node: 'node1', interfaces: ['eth1'] }],
      storage: { type: 'HostPath', hostPath: '/etc' },
      image: 'evil/kea',
    };
    expect(notAllowed(pairIn('evil', spec), BOUNDED)).toBe(
      'HAPairs of the namespace evil may not keep leases in /etc of the nodes (allowed: /srv/leases, /var/lib/kea-operator); ' +
        'may not run the image evil/kea (allowed: registry.example.org/dhcp/*, mirror.example.org/kea:3); ' +
        'may not have servers on eth1 of node1: change the spec, or ask who installed the operator (allowed in the chart’s values)',
    );
  });
});

/** What people write wrongly: each is told what is wrong, where, and what to do; and nobody else notices. */
import { expect, it } from 'vitest';
import { conditionsOf } from '../../src/status/conditions.ts';
import { clientClassRefusals, optionDefinitionRefusals } from '../envtest/api/classRefusals.ts';
import { haPairRefusals } from '../envtest/api/haPairRefusals.ts';
import { hostReservationRefusals } from '../envtest/api/hostReservationRefusals.ts';
import { type Refusal, RIGHT } from '../envtest/api/refusal.ts';
import { sharedNetworkRefusals, subnetRefusals } from '../envtest/api/subnetRefusals.ts';
import { eventually } from '../support/eventually.ts';
import { NAMESPACE } from '../support/install.ts';
import { cluster, kubectl } from './context.ts';
import { startAsking } from './probe.ts';
import { manifestOf, WRONG_OBJECTS } from './wrongObjects.ts';

const REFUSALS: Readonly<Record<keyof typeof RIGHT, readonly Refusal[]>> = {
  HAPair: haPairRefusals,
  SharedNetwork: sharedNetworkRefusals,
  Subnet: subnetRefusals,
  HostReservation: hostReservationRefusals,
  ClientClass: clientClassRefusals,
  OptionDefinition: optionDefinitionRefusals,
};

interface AtApply {
  readonly object: object;
  readonly name: string;
  readonly field: string;
  readonly says: string;
}

/** What the API server refuses. Of those that are wrong by their names alone there is nothing to find them by. */
const AT_APPLY = Object.entries(REFUSALS).flatMap(([kind, refusals]) =>
  refusals.flatMap(({ spec = {}, name, field, says }, index): readonly AtApply[] => {
    if (name !== undefined) return [];
    const wrong = `wrong-${kind.toLowerCase()}-${index}`;
    const object = {
      apiVersion: 'kea-operator.io/v1alpha1',
      kind,
      metadata: { name: wrong, namespace: NAMESPACE },
      spec: { ...RIGHT[kind as keyof typeof RIGHT], ...spec },
    };
    return [{ object, name: wrong, field, says }];
  }),
);

const listOf = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

interface Found {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly status?: unknown;
  }[];
}

/** Clients of both families that renew all the time, until they are stopped; then what became of it. */
const renewing = async (): Promise<() => Promise<{ readonly lost: readonly unknown[]; readonly renewals: number }>> => {
  const asking = await startAsking();
  await cluster.join6('steady6');
  const stop = new AbortController();
  const slow: unknown[] = [];
  let renewals = 0;
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const begin = performance.now();
      const line = await cluster.run(['client', 'steady6', 'dhcpcd', '--renew']).catch(String);
      renewals++;
      // A Renew that gets no answer is sent again after ten seconds.
      if (!line.startsWith('LEASE RENEW6 ') || performance.now() - begin > 5_000) slow.push(line);
    }
  })();
  return async () => {
    stop.abort();
    await loop;
    const exchanges = await asking.stop();
    await cluster.run(['client', 'steady6', 'dhcpcd', '--stop']);
    const failed = exchanges.filter((one) => one.failed !== undefined);
    return { lost: [...failed, ...slow], renewals: renewals + exchanges.length };
  };
};

/** What the API server says of those that it refuses; kubectl would say of some itself that a field is missing, and send none of them. */
const refuse = async (): Promise<void> => {
  const { stderr, stdout } = await cluster.tryKubectl(['create', '--validate=false', '-f', '-'], {
    input: listOf(AT_APPLY.map(({ object }) => object)),
  });
  expect(stdout).toBe('');
  const unsaid = AT_APPLY.filter(({ name, field, says }) => {
    const from = stderr.indexOf(`"${name}"`);
    const to = stderr.indexOf('"wrong-', from + 1);
    const part = stderr.slice(from, to < 0 ? undefined : to);
    return from < 0 || !part.includes(field) || !part.includes(says);
  });
  expect(unsaid.map(({ name, field, says }) => [name, field, says])).toEqual([]);
};

/** What the operator says of those that the API server takes. */
const reject = async (): Promise<void> => {
  await cluster.apply(listOf(WRONG_OBJECTS.map(manifestOf)));
  const kinds = [...new Set(WRONG_OBJECTS.map(({ kind }) => kind.toLowerCase()))].join(',');
  await eventually(async () => {
    const { items } = await cluster.json<Found>(['get', kinds, '-n', NAMESPACE]);
    const told = new Map(
      items.map(({ kind, metadata, status }) => {
        const { status: is = '', reason = '', message = '' } = conditionsOf(status).get('Accepted') ?? {};
        return [`${kind}/${metadata.name}`, `${is} ${reason}: ${message}`];
      }),
    );
    const unsaid = WRONG_OBJECTS.filter(({ kind, name, reason, says }) => {
      const text = told.get(`${kind}/${name}`) ?? '';
      // What refers to something that may come yet is not False in its first minute.
      const isSaid = ['False', 'Unknown'].some((is) => text.startsWith(`${is} ${reason}: `));
      return !isSaid || !says.every((part) => text.includes(part));
    });
    expect(unsaid.map(({ kind, name, says }) => [kind, name, says, told.get(`${kind}/${name}`)])).toEqual([]);
  }, 60_000);
  await kubectl('delete', ...WRONG_OBJECTS.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`), '--timeout=120s');
};

export const mistakes = (): void => {
  it('are told with their field and remedy, a hundred and more of them, while clients of both families lose no packet', async () => {
    expect(AT_APPLY.length + WRONG_OBJECTS.length).toBeGreaterThan(100);
    const stop = await renewing();
    try {
      await refuse();
      await reject();
    } finally {
      const { lost, renewals } = await stop();
      expect(lost).toEqual([]);
      expect(renewals).toBeGreaterThan(20);
    }
  });
};

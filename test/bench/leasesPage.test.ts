import { expect, it } from 'vitest';
import { figureOf } from './figures.ts';
import { leasesPart } from './leasesPage.ts';

const RESULT = {
  leases: 1_000_000,
  repetitions: 50,
  insertSeconds: 20,
  loadSeconds: 8.2,
  reads: [
    {
      name: 'first page of 500 as a Table',
      store: 'PostgreSQL',
      rival: 'the same SELECT by psql',
      goal: 3,
      own: figureOf([12, 12.8, 40]),
      other: figureOf([5, 5.12, 6]),
    },
  ],
  whole: { seconds: figureOf([14.7]), copySeconds: figureOf([4.9]), mebibytes: 469.4, apiMiB: 230.2 },
  copies: {
    stored: 100_000,
    ended: '240 s were over',
    seconds: 240,
    etcdBytes: 1500.4,
    rowBytes: 300,
    listMs: 60,
    leasesMs: 15,
  },
  served: {
    clients: 10_000,
    seconds: 3,
    repetitions: 3,
    alone: figureOf([990, 1000, 1010]),
    whileListing: figureOf([900, 910, 920]),
    lists: 7,
    requests: [
      { name: 'etcd', node: 'the control plane', millicores: 100 },
      { name: 'the lease API', node: "DHCP's node", millicores: 20 },
      { name: 'kea-dhcp4', node: "DHCP's node", millicores: 50 },
    ],
  },
} as const;

it('tells leases as objects', () => {
  const text = leasesPart({ cpus: 2, model: 'a model', load: 0.54 }, RESULT);
  expect(text).toContain('## 1,000,000 leases as Kubernetes objects');
  expect(text).toContain(
    '| first page of 500 as a Table, PostgreSQL | the same SELECT by psql | 13 | 5.1 | 2.50 | 3 |',
  );
  expect(text).toContain('| 14.7 s (14.7–14.7) | 4.9 s (4.9–4.9) | 3.00 | 3 | 230 MiB | 200 MiB |');
  expect(text).toContain('| 910 (900–920) | 1,000 (990–1,010) | 0.91 | 0.90 |');
  expect(text).toContain(
    "on that of the control plane etcd 100m; on that of DHCP's node the lease API 20m, kea-dhcp4 50m.",
  );
  expect(text).toContain('Stored were 100,000, until it ended: 240 s were over.');
  expect(text).toContain('| 2400 | 20 | 120.00 |');
  expect(text).toContain('| 1,500 | 300 | 5.00 |');
  expect(text).toContain('| 60 | 15 | 4.00 |');
});

it('says where nothing could be weighed', () => {
  const served = { ...RESULT.served, requests: undefined };
  const text = leasesPart({ cpus: 2, model: 'a model', load: 0.54 }, { ...RESULT, served });
  expect(text).toContain('No cgroup could be written to');
});

it('says where there was a custom resource for every lease', () => {
  const copies = { ...RESULT.copies, stored: 1_000_000, ended: undefined };
  const text = leasesPart({ cpus: 2, model: 'a model', load: 0.54 }, { ...RESULT, copies });
  expect(text).toContain('All leases were stored.');
});

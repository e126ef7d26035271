import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createProcessMetrics } from './processMetrics.ts';

it('tells what a process is made from, and when what it shows ends, until it shows it no more', async () => {
  const registry = new Registry();
  const metrics = createProcessMetrics(registry, '1.2.3');
  metrics.onCertificate('metrics', 5000);
  metrics.onCertificate('ca', 9000);
  metrics.onCertificate('ca', undefined);
  const own = (await registry.metrics()).split('\n').filter((line) => line.startsWith('kea_operator_'));
  expect(own).toEqual([
    'kea_operator_build_info{version="1.2.3"} 1',
    'kea_operator_own_certificate_expiry_timestamp_seconds{certificate="metrics"} 5',
  ]);
});

import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { createController } from './controller.ts';
import { createLogger } from './log.ts';
import { createRuntimeMetrics } from './metrics.ts';

it('counts passes, queue and requests', async () => {
  const registry = new Registry();
  const metrics = createRuntimeMetrics(registry);
  const clock = createFakeClock();
  const controller = createController({
    name: 'widgets',
    sources: [],
    caches: [],
    clock,
    log: createLogger({ level: 'silent' }),
    metrics: metrics.controller('widgets'),
    reconcile: (key) => (key === 'a/bad' ? Promise.reject(new Error('boom')) : Promise.resolve({})),
  });
  controller.enqueue('a/good');
  controller.enqueue('a/bad');
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  await clock.advance(0);
  metrics.client.onRequest('GET', 200, 0.004);
  metrics.reflector.onFailure('widgets.example.com/v1', 'Expired');
  metrics.leader.onLeading('operator', true);
  metrics.events.onEvent('created');
  const text = await registry.metrics();
  for (const line of [
    'kea_operator_workqueue_adds_total{controller="widgets"} 2',
    'kea_operator_workqueue_retries_total{controller="widgets"} 1',
    'kea_operator_workqueue_depth{controller="widgets"} 0',
    'kea_operator_workqueue_longest_wait_seconds{controller="widgets"} 0',
    'kea_operator_workqueue_longest_running_seconds{controller="widgets"} 0',
    'kea_operator_workqueue_queue_seconds_count{controller="widgets"} 2',
    'kea_operator_reconcile_total{controller="widgets",result="success"} 1',
    'kea_operator_reconcile_total{controller="widgets",result="error"} 1',
    'kea_operator_reconcile_seconds_count{controller="widgets"} 2',
    'kea_operator_active_workers{controller="widgets"} 0',
    'kea_operator_reflector_failures_total{resource="widgets.example.com/v1",reason="Expired"} 1',
    'kea_operator_rest_client_requests_total{method="GET",code="200"} 1',
    'kea_operator_leader 1',
    'kea_operator_events_total{result="created"} 1',
  ]) {
    expect(text).toContain(line);
  }
  stop.abort(new Error('enough'));
  await running;
});

it('says of a process that stands by that it does not lead', async () => {
  const registry = new Registry();
  createRuntimeMetrics(registry);
  expect(await registry.metrics()).toContain('\nkea_operator_leader 0\n');
});

it('begins every outcome of passes with 0, so that the first failure is an increase', async () => {
  const registry = new Registry();
  createRuntimeMetrics(registry).controller('widgets');
  const series = (await registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith('kea_operator_reconcile_total'));
  expect(series.map((line) => line.replace(/.*result="(\w+)"\} /, '$1 '))).toEqual([
    'success 0',
    'requeue_after 0',
    'error 0',
  ]);
});

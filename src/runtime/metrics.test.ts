import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { createController } from './controller.ts';
import { createLogger } from './log.ts';
import { createRuntimeMetrics } from './metrics.ts';

it('counts passes, queue and requests under the names that dashboards know', async () => {
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
    'workqueue_adds_total{name="widgets"} 2',
    'workqueue_retries_total{name="widgets"} 1',
    'workqueue_depth{name="widgets"} 0',
    'workqueue_longest_wait_seconds{name="widgets"} 0',
    'workqueue_longest_running_processor_seconds{name="widgets"} 0',
    'workqueue_queue_duration_seconds_count{name="widgets"} 2',
    'reconcile_total{controller="widgets",result="success"} 1',
    'reconcile_total{controller="widgets",result="error"} 1',
    'reconcile_duration_seconds_count{controller="widgets"} 2',
    'reconcile_active_workers{controller="widgets"} 0',
    'reflector_failures_total{resource="widgets.example.com/v1",reason="Expired"} 1',
    'rest_client_requests_total{method="GET",code="200"} 1',
    'leader_election_master_status{name="operator"} 1',
    'events_total{result="created"} 1',
  ]) {
    expect(text).toContain(line);
  }
  stop.abort(new Error('enough'));
  await running;
});

import { Metrics } from './metrics';

it('counts under its own prefix and service label', async () => {
  const metrics = new Metrics({ service: 'dispatch', processMetrics: false });
  metrics.counter('commands_total', 'Commands by outcome', ['outcome']).inc({ outcome: 'accepted' }, 2);
  metrics.counter('commands_total', 'Commands by outcome', ['outcome']).inc({ outcome: 'accepted' });
  metrics.histogram('command_seconds', 'Time of a command').observe(0.03);
  metrics.gauge('parked_cases', 'Parked').set(4);
  const text = await metrics.text();
  expect(text).toContain('gridcase_commands_total{outcome="accepted",service="dispatch"} 3');
  expect(text).toContain('gridcase_command_seconds_bucket{le="0.05",service="dispatch"} 1');
  expect(text).toContain('gridcase_command_seconds_bucket{le="0.025",service="dispatch"} 0');
  expect(text).toContain('gridcase_parked_cases{service="dispatch"} 4');
});

it('refuses one name for two kinds, and two registries do not mix', async () => {
  const one = new Metrics({ service: 'a', processMetrics: false });
  one.counter('x_total', 'x');
  expect(() => one.gauge('x_total', 'x')).toThrow('metric x_total is a counter');
  expect(await new Metrics({ service: 'b', processMetrics: false }).text()).not.toContain('x_total');
});

it('brings the process metrics when asked', async () => {
  expect(await new Metrics({ service: 'a' }).text()).toContain('process_resident_memory_bytes');
});

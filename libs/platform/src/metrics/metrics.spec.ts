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

it('leaves out the gauges that are named as counters', async () => {
  const text = await new Metrics({ service: 'a' }).text();
  expect(text).toContain('# TYPE nodejs_active_handles gauge');
  expect([...text.matchAll(/^# TYPE (\w+_total) gauge$/gm)]).toEqual([]);
});

describe('figures looked up for a scrape', () => {
  const missed = (text: string) => Number(/gridcase_looks_missed_total\{[^}]*\} (\d+)/.exec(text)![1]);

  it('are as of the scrape, until the look is ended', async () => {
    const metrics = new Metrics({ service: 'a', processMetrics: false });
    let depth = 3;
    const end = metrics.beforeScrape(async () => metrics.gauge('depth', 'd').set(depth));
    expect(await metrics.text()).toContain('gridcase_depth{service="a"} 3');
    depth = 4;
    expect(await metrics.text()).toContain('gridcase_depth{service="a"} 4');
    end();
    depth = 5;
    expect(await metrics.text()).toContain('gridcase_depth{service="a"} 4');
  });

  it('one that fails does not fail the scrape: it stands as it was, and is counted', async () => {
    const metrics = new Metrics({ service: 'a', processMetrics: false });
    let away = false;
    metrics.beforeScrape(async () => {
      if (away) throw new Error('no store');
      metrics.gauge('depth', 'd').set(3);
    });
    metrics.beforeScrape(async () => metrics.gauge('width', 'w').set(1));
    expect(missed(await metrics.text())).toBe(0);
    away = true;
    const text = await metrics.text();
    expect(text).toContain('gridcase_depth{service="a"} 3');
    expect(text).toContain('gridcase_width{service="a"} 1');
    expect(missed(text)).toBe(1);
  });

  it('one that hangs holds up no scrape for long, and is not begun again while it hangs', async () => {
    const metrics = new Metrics({ service: 'a', processMetrics: false });
    let begun = 0;
    let answer!: () => void;
    metrics.beforeScrape(() => { begun++; return new Promise((resolve) => { answer = resolve; }); });
    expect(missed(await metrics.text())).toBe(1);
    const second = metrics.text();
    expect(begun).toBe(1);
    answer();
    expect(missed(await second)).toBe(1);
    const third = metrics.text();
    answer();
    await third;
    expect(begun).toBe(2);
  });
});

import { z } from 'zod';
import { ConfigError, envBoolean, envInt, envList, envPort, envUrl, readConfig } from './config';

const schema = z.object({
  PORT: envPort().default(8080),
  POOL_MAX: envInt({ min: 1, max: 100 }),
  DATABASE_URL: envUrl('postgres:', 'postgresql:'),
  MASKED: envBoolean().default(true),
  BROKERS: envList().optional(),
  PROFILE: z.enum(['standalone', 'cluster']),
});

it('gives typed values and defaults', () => {
  const config = readConfig(schema, { PORT: '', POOL_MAX: '20', DATABASE_URL: 'postgres://db/grid', MASKED: 'off', BROKERS: 'a:1, b:2', PROFILE: 'cluster', OTHER: 'x' });
  expect(config).toEqual({ PORT: 8080, POOL_MAX: 20, DATABASE_URL: 'postgres://db/grid', MASKED: false, BROKERS: ['a:1', 'b:2'], PROFILE: 'cluster' });
});

it('lists every problem at once and shows no secret', () => {
  const wrong = () => readConfig(schema, { PORT: '8080x', POOL_MAX: '0', DATABASE_URL: 'mysql://root:hunter2@db', MASKED: 'maybe' });
  expect(wrong).toThrow(ConfigError);
  try {
    wrong();
  } catch (error) {
    expect((error as ConfigError).problems).toEqual([
      'PORT: expected a whole number from 0 to 65535, found "8080x"',
      'POOL_MAX: expected a whole number from 1 to 100, found "0"',
      'DATABASE_URL: expected a URL with postgres: or postgresql:, found (a secret)',
      'MASKED: expected true or false, found "maybe"',
      'PROFILE: is required',
    ]);
    expect((error as Error).message).not.toContain('hunter2');
  }
});

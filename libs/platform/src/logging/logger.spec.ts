import { correlationIdFrom } from './correlation';
import { createLogger } from './logger';

const capture = (personalFields?: string[]) => {
  const lines: any[] = [];
  const logger = createLogger({ service: 'intake', level: 'debug', destination: { write: (line) => void lines.push(JSON.parse(line)) }, ...(personalFields && { personalFields }) });
  return { logger, lines };
};

// @rule Z13 N3
it('hides personal fields and secrets at any depth, and leaves the rest', () => {
  const { logger, lines } = capture(['plateNumber']);
  logger.info({ report: { id: 'r1', parties: [{ phone: '13800000000', real_name: '王某' }], plateNumber: '辽A1' }, headers: { Authorization: 'Bearer x' }, count: 2 }, 'filed');
  expect(lines[0]).toMatchObject({
    level: 'info', service: 'intake', message: 'filed', count: 2,
    report: { id: 'r1', parties: [{ phone: '[redacted]', real_name: '[redacted]' }], plateNumber: '[redacted]' },
    headers: { Authorization: '[redacted]' },
  });
  expect(JSON.stringify(lines)).not.toMatch(/13800000000|王某|Bearer|辽A1/);
});

it('of a request shows method and path only', () => {
  const { logger, lines } = capture();
  logger.info({ req: { method: 'GET', url: '/v1/cases?phone=13800000000', headers: { cookie: 'c' } } }, 'request');
  expect(lines[0].req).toEqual({ method: 'GET', path: '/v1/cases' });
});

it('keeps error type, message and stack', () => {
  const { logger, lines } = capture();
  logger.error({ err: new TypeError('broken') }, 'failed');
  expect(lines[0].err).toMatchObject({ type: 'TypeError', message: 'broken' });
});

it('takes a well-formed correlation id from the caller and no other', () => {
  expect(correlationIdFrom('order-12345678')).toBe('order-12345678');
  for (const bad of ['short', 'x'.repeat(129), 'with blanks in it', 'line\nbreak-in-it', undefined, ['a', 'b']]) {
    expect(correlationIdFrom(bad)).toMatch(/^[0-9a-f-]{36}$/);
  }
});

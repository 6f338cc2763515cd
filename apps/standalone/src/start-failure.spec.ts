import { createServer, type AddressInfo } from 'node:net';
import { DataDirInUse, freePort } from '@gridcase/platform';
import { checkPort } from './ports';
import { startFailure } from './start-failure';

it('tells in one line what an operator can put right, and nothing about the rest', () => {
  const failures = [
    new DataDirInUse('/var/lib/gridcase/postgres', 17), Object.assign(new Error('listen EADDRINUSE: address already in use 127.0.0.1:8080'), { code: 'EADDRINUSE' }),
    new Error('No address added out of total 1 resolved errors: [listen EADDRINUSE: address already in use 127.0.0.1:50051]'), Object.assign(new Error("EACCES: permission denied, mkdir '/data'"), { code: 'EACCES' }),
  ];
  expect(failures.map(startFailure)).toEqual([
    expect.stringContaining('/var/lib/gridcase/postgres is in use by process 17'), expect.stringContaining('port 127.0.0.1:8080 is in use'), expect.stringContaining('port 127.0.0.1:50051 is in use'), expect.stringContaining("mkdir '/data'"),
  ]);
  expect(startFailure(new TypeError('x is not a function'))).toBeUndefined();
});

it('sees a port that is taken', async () => {
  const port = await freePort();
  await checkPort('127.0.0.1', port);
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const taken = (holder.address() as AddressInfo).port;
  const error: unknown = await checkPort('127.0.0.1', taken).catch((caught: unknown) => caught);
  expect(startFailure(error)).toContain(`port ${taken} on 127.0.0.1 is in use`);
  await new Promise((resolve) => holder.close(resolve));
});

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Shutdown } from './shutdown';

it('stops by phase, the last added of a phase first, and only once', async () => {
  const done: string[] = [];
  const shutdown = new Shutdown();
  shutdown.onStop('connections', 'pool', () => void done.push('pool'));
  shutdown.onStop('work', 'reactor', async () => { await Promise.resolve(); done.push('reactor'); });
  shutdown.onStop('work', 'projection', () => void done.push('projection'));
  shutdown.onStop('servers', 'postgres', () => void done.push('postgres'));
  shutdown.onStop('traffic', 'http', () => void done.push('http'));
  expect(shutdown.signal.aborted).toBe(false);
  expect(await Promise.all([shutdown.stop(), shutdown.stop()])).toEqual([0, 0]);
  expect(done).toEqual(['http', 'projection', 'reactor', 'pool', 'postgres']);
  expect(shutdown.signal.aborted).toBe(true);
});

it('a failed step gives code 1 and the others still run', async () => {
  const lines: string[] = [];
  const done: string[] = [];
  const shutdown = new Shutdown({ log: (line) => lines.push(line) });
  shutdown.onStop('traffic', 'http', () => { throw new Error('port'); });
  shutdown.onStop('connections', 'pool', () => void done.push('pool'));
  expect(await shutdown.stop()).toBe(1);
  expect(done).toEqual(['pool']);
  expect(lines).toEqual(['stopping http failed']);
});

it('gives up after its limit and names what it waited for', async () => {
  const lines: string[] = [];
  const shutdown = new Shutdown({ timeoutMs: 20, log: (line) => lines.push(line) });
  shutdown.onStop('work', 'stuck reactor', () => new Promise<void>(() => undefined));
  expect(await shutdown.stop()).toBe(1);
  expect(lines).toEqual(['the stop took more than 20 ms, waiting for: stuck reactor']);
});

describe('in a process of its own', () => {
  const run = (stop: string, signals: NodeJS.Signals[], options = '') =>
    new Promise<{ code: number | null; out: string }>((ended) => {
      const source = `
        const swc = require(${JSON.stringify(require.resolve('@swc/core'))});
        const m = { exports: {} };
        new Function('module', 'exports', 'require', swc.transformFileSync(${JSON.stringify(join(__dirname, 'shutdown.ts'))}, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }).code)(m, m.exports, require);
        const shutdown = new m.exports.Shutdown({ log: (line) => console.log(line), ${options} });
        shutdown.onStop('work', 'work', ${stop});
        shutdown.listen();
        setInterval(() => {}, 1000);
        console.log('listening');`;
      const child = spawn(process.execPath, ['-e', source]);
      let out = '';
      let sent = 0;
      child.stdout.on('data', (data: Buffer) => {
        out += data.toString();
        // The next signal when the last one has shown its effect.
        if (out.split('\n').length - 1 > sent && sent < signals.length) child.kill(signals[sent++]!);
      });
      child.on('exit', (code) => ended({ code, out }));
    });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends with code 0', async (signal) => {
    expect(await run(`() => new Promise((done) => setTimeout(() => { console.log('worked'); done(); }, 30))`, [signal])).toEqual({
      code: 0, out: `listening\n${signal}: stopping\nworked\n`,
    });
  });

  it('a second signal does not wait', async () => {
    expect((await run('() => new Promise(() => {})', ['SIGTERM', 'SIGTERM'], 'sameSignalMs: 0')).code).toBe(1);
  });

  it('one Ctrl-C that comes twice, from the terminal and from npm, is one signal', async () => {
    expect(await run(`() => new Promise((done) => setTimeout(() => { console.log('worked'); done(); }, 200))`, ['SIGINT', 'SIGINT'])).toEqual({ code: 0, out: 'listening\nSIGINT: stopping\nworked\n' });
  });
});

/**
 * Loaded into a process before anything of its own (`node --require`), so that it dies at a point that no signal from outside would hit.
 * `FAULTS_CRASH_AT=<point>@<n>`: with SIGKILL, when the point is passed for the n-th time. The program itself knows nothing of it.
 */
import Module from 'node:module';

type Method = (...args: any[]) => any;
type Owner = Record<string, Method>;
/** `before` or `after` the method of the class, or what the factory makes, that the module at this path exports. */
interface Point { module: RegExp; of: (exports: any) => Owner; method: string; when: 'before' | 'after' }

const ownersOf = (name: string) => (exports: any): Owner => exports[name].prototype as Owner;
export const crashPoints = {
  'after-append-before-answer': { module: /event-store\/dist\/postgres\/append-queue\.js$/, of: ownersOf('AppendQueue'), method: 'add', when: 'after' },
  'after-append-before-publish': { module: /bus\/dist\/kafka\/publisher\.js$/, of: ownersOf('Publisher'), method: 'publish', when: 'before' },
  'after-publish-before-checkpoint': { module: /bus\/dist\/kafka\/publisher\.js$/, of: ownersOf('Publisher'), method: 'publish', when: 'after' },
  'after-effect-before-note': { module: /service\/dist\/effects\/effect-outbox\.js$/, of: ownersOf('EffectOutbox'), method: 'delivered', when: 'before' },
  'after-work-before-offset': { module: /bus\/dist\/kafka\/consumer-session\.js$/, of: ownersOf('ConsumerSession'), method: 'commit', when: 'before' },
  'after-clock-claimed-before-event': { module: /sla-monitor\/dist\/timer\/clock-worker\.js$/, of: ownersOf('ClockWorker'), method: 'fire', when: 'before' },
} satisfies Record<string, Point>;
/** `sql:<regular expression>`: after the statement was sent, before its answer is known. */
export type CrashPoint = keyof typeof crashPoints | `sql:${string}`;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way: nothing more happens here.
  for (;;);
}

function countdown(n: number): () => void {
  let left = n;
  return () => { if ((left -= 1) === 0) die(); };
}

function wrap(owner: Owner, { method, when }: Pick<Point, 'method' | 'when'>, passed: () => void): void {
  const original = owner[method]!;
  owner[method] = function (this: unknown, ...args: unknown[]) {
    if (when === 'before') { passed(); return original.apply(this, args); }
    const result = original.apply(this, args) as unknown;
    if (!(result instanceof Promise)) { passed(); return result; }
    return result.then((value: unknown) => { passed(); return value; });
  };
}

function arm(): void {
  const [name, times] = (process.env['FAULTS_CRASH_AT'] ?? '').split(/@(?=\d+$)/);
  if (!name) return;
  const passed = countdown(Number(times ?? 1));
  const sql = /^sql:(.*)$/.exec(name)?.[1];
  const point: Point | undefined = sql !== undefined
    ? { module: /pg\/lib\/client\.js$/, of: (exports) => exports.prototype as Owner, method: 'query', when: 'after' }
    : crashPoints[name as keyof typeof crashPoints];
  if (!point) throw new Error(`no crash point ${name}`);
  const matches = sql === undefined ? undefined : new RegExp(sql, 'i');
  let armed = false;
  const load = (Module as unknown as { _load: (request: string, parent: unknown, isMain: boolean) => unknown })._load;
  (Module as unknown as { _load: typeof load })._load = function (request, parent, isMain) {
    const exports = load.call(this, request, parent, isMain);
    if (armed) return exports;
    const file = resolved(request, parent);
    if (file === undefined || !point.module.test(file)) return exports;
    armed = true;
    if (!matches) wrap(point.of(exports), point, passed);
    else {
      const owner = point.of(exports);
      const query = owner['query']!;
      owner['query'] = function (this: unknown, ...args: any[]) {
        const text = typeof args[0] === 'string' ? args[0] : String(args[0]?.text ?? '');
        const result = query.apply(this, args) as unknown;
        if (matches.test(text)) setImmediate(passed);
        return result;
      };
    }
    return exports;
  };
}

function resolved(request: string, parent: unknown): string | undefined {
  try {
    return (Module as unknown as { _resolveFilename: (request: string, parent: unknown) => string })._resolveFilename(request, parent).replaceAll('\\', '/');
  } catch {
    return undefined;
  }
}

arm();

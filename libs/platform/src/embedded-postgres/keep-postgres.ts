import { startPostgres, type RunningPostgres, type StartPostgresOptions } from './start-postgres';

export interface KeepPostgresOptions extends StartPostgresOptions {
  /** From then on nothing is started again. */
  signal: AbortSignal;
  /** It has ended by itself and is started again. */
  onEnded?: () => void;
  /** One that ends five times in a row within so many ms of its start is not helped by another. Default 10 000. */
  shortLifeMs?: number;
}

export interface KeptPostgres {
  url: string;
  /** Resolves when it has ended by itself and does not start again. */
  lost: Promise<Error>;
  stop(): Promise<void>;
}

const SHORT_LIVES_MAX = 5;

/** A server that is started again, at the same port and on the same data, whenever it ends by itself: an embedded one has nobody else who watches it. */
export async function keepPostgres({ signal, onEnded = () => undefined, shortLifeMs = 10_000, ...options }: KeepPostgresOptions): Promise<KeptPostgres> {
  let server: RunningPostgres = await startPostgres(options);
  const { url, port } = server;
  let tell: (error: Error) => void;
  const lost = new Promise<Error>((resolve) => { tell = resolve; });
  let starting: Promise<void> | undefined;
  let shortLives = 0;
  const watch = (since = performance.now()): void => void server.exited.then(() => {
    if (signal.aborted) return;
    onEnded();
    shortLives = performance.now() - since < shortLifeMs ? shortLives + 1 : 0;
    if (shortLives === SHORT_LIVES_MAX) return tell(new Error(`PostgreSQL ended ${SHORT_LIVES_MAX} times in a row within ${shortLifeMs / 1_000} s of its start`));
    starting = startPostgres({ ...options, port, signal }).then((next) => {
      server = next;
      watch();
    }).catch((error: Error) => { if (!signal.aborted) tell(error); });
  });
  watch();
  return {
    url, lost,
    stop: async () => {
      await starting;
      await server.stop();
    },
  };
}

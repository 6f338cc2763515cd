import { startPostgres, type RunningPostgres, type StartPostgresOptions } from './start-postgres';

export interface KeepPostgresOptions extends StartPostgresOptions {
  /** From then on nothing is started again. */
  signal: AbortSignal;
  /** It has ended by itself and is started again. */
  onEnded?: () => void;
}

export interface KeptPostgres {
  url: string;
  /** Resolves when it has ended by itself and does not start again. */
  lost: Promise<Error>;
  stop(): Promise<void>;
}

/** A server that is started again, at the same port and on the same data, whenever it ends by itself: an embedded one has nobody else who watches it. */
export async function keepPostgres({ signal, onEnded = () => undefined, ...options }: KeepPostgresOptions): Promise<KeptPostgres> {
  let server: RunningPostgres = await startPostgres(options);
  const { url, port } = server;
  let tell: (error: Error) => void;
  const lost = new Promise<Error>((resolve) => { tell = resolve; });
  let starting: Promise<void> | undefined;
  const watch = (): void => void server.exited.then(() => {
    if (signal.aborted) return;
    onEnded();
    starting = startPostgres({ ...options, port }).then((next) => {
      server = next;
      watch();
    }).catch(tell);
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

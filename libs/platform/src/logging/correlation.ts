import { AsyncLocalStorage } from 'node:async_hooks';

/** Ids that every log line written while handling one request, command or event carries. */
export interface Correlation { correlationId: string; [name: string]: string | undefined }

const storage = new AsyncLocalStorage<Correlation>();

export const withCorrelation = <T>(correlation: Correlation, work: () => T): T => storage.run(correlation, work);

export const currentCorrelation = (): Correlation | undefined => storage.getStore();

import { DataDirInUse } from '@gridcase/platform';
import { PortTaken } from './ports';

/** What an operator can put right himself, in one line; undefined = a failure to be looked into. */
export function startFailure(error: unknown): string | undefined {
  if (error instanceof DataDirInUse) return `${error.message}: a platform runs there already; stop it, or set GRIDCASE_DATA_DIR`;
  if (error instanceof PortTaken) return `${error.message}: set GRIDCASE_REST_PORT and GRIDCASE_GRPC_PORT to free ones`;
  const { code, message } = error as NodeJS.ErrnoException;
  // Taken between the look and the start: REST says so by its code, gRPC in its text.
  const taken = /EADDRINUSE[^\d]*([\d.:]+)/.exec(message)?.[1];
  if (taken) return `port ${taken} is in use: set GRIDCASE_REST_PORT and GRIDCASE_GRPC_PORT to free ones`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `this machine has no such address to listen on (${message}): set GRIDCASE_HOST`;
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR') return `${message}: set GRIDCASE_DATA_DIR to a folder that can be written, and ports above 1023`;
  if (message.startsWith('running as root')) return message;
  return undefined;
}

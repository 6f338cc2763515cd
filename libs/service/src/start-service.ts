import type { DynamicModule, INestMicroservice, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Service } from '@gridcase/events';
import type { Logger } from '@gridcase/platform';
import { SERVICE_LOGGER, SERVICE_NAME, type Adapters } from './adapters';
import { Processors } from './processors';
import { CommandStreams } from './rpc/command-streams';
import { RpcServer } from './rpc/rpc-server';
import { SIMULATION_PROTO_PATH } from './simulation/simulation.controller';
import { untilAtRest } from './simulation/until-at-rest';

export interface RunningService {
  name: Service;
  /** Of the internal gRPC endpoint, with the real port. */
  address: string;
  app: INestMicroservice;
  /** Projections, reactors and the directory have done what was on record when asked. @returns the head then */
  catchUp(): Promise<bigint>;
  /** The same, and what they wrote meanwhile too. */
  settle(): Promise<void>;
  /** No new calls; calls in hand end; processors stop. Pool, store and bus stay open: they belong to the caller. */
  close(): Promise<void>;
}

const DRAIN_TIMEOUT_MS = 5_000;
const CATCH_UP_TIMEOUT_MS = 30_000;

/** Starts one service; any number may run in one process. Answers calls only when its directory and read models run. */
export async function startService(module: DynamicModule, adapters: Adapters): Promise<RunningService> {
  const server = new RpcServer({ listen: adapters.listen, drainTimeoutMs: DRAIN_TIMEOUT_MS, ...(adapters.simulation && { protoPaths: [SIMULATION_PROTO_PATH] }) });
  const app = await NestFactory.createMicroservice(module, { strategy: server, logger: false, abortOnError: false });
  const name = app.get<Service>(SERVICE_NAME, { strict: false });
  const processors = app.get(Processors, { strict: false });
  const logger = app.get<Logger>(SERVICE_LOGGER, { strict: false });
  app.useLogger(nestLogger(logger));
  const streams = app.get(CommandStreams, { strict: false });
  const checks: (() => void)[] = [];
  let closing: Promise<void> | undefined;
  const shutDown = async () => {
    for (const remove of checks) remove();
    streams.drain();
    await server.close();
    await processors.stop();
    await app.close();
  };
  const close = () => (closing ??= shutDown());
  try {
    await processors.install();
    await app.init();
    await processors.start();
    await app.listen();
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
  if (adapters.health) checks.push(adapters.health.addReadiness(name, () => processors.check()));
  const catchUp = () => processors.catchUp(CATCH_UP_TIMEOUT_MS);
  return { name, address: server.address, app, catchUp, settle: () => untilAtRest(catchUp), close };
}

/** Nest's own warnings and errors; its chatter about modules and routes is left out. */
const nestLogger = (logger: Logger): LoggerService => ({
  log: () => undefined, debug: () => undefined, verbose: () => undefined,
  warn: (message: unknown) => logger.warn(String(message)), error: (message: unknown) => logger.error(String(message)), fatal: (message: unknown) => logger.fatal(String(message)),
});

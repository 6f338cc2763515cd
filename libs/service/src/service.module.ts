import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { upcastEvent, validateEvent, versionOf, type Service } from '@gridcase/events';
import { createCommandHandler } from '@gridcase/event-store';
import { createDataSource, createLogger, Tracer, type Entity } from '@gridcase/platform';
import type { Reactor } from '@gridcase/projections';
import { CLOCK, COMMAND_HANDLER, COMMAND_METRICS, EVENT_STORE, POOL, SCHEMA, SERVICE_LOGGER, SERVICE_NAME, SERVICE_OPTIONS, SERVICE_TRACER, SIMULATED_CLOCK, type Adapters } from './adapters';
import { CaseDesk } from './case-desk';
import { CallRouter } from './call-router';
import { commandMetrics } from './command-metrics';
import { Commands } from './commands';
import { LiveDirectory } from './live-directory';
import { Processors } from './processors';
import { ReadModels } from './read-models';
import { CommandStreams } from './rpc/command-streams';
import { ServiceCallsController } from './rpc/service-calls.controller';
import type { ServiceTables } from './service-tables';
import { SimulationController } from './simulation/simulation.controller';

export interface ServiceOptions extends ServiceTables {
  name: Service;
  adapters: Adapters;
  /** Injectable classes that implement `Reactor`. */
  reactors?: readonly Type<Reactor>[];
  /** Ids of reactors that the settings switch off: where they stood is forgotten. */
  reactorsOff?: readonly string[];
  /** Command and query handlers, and whatever they or the reactors inject. May also be given by the importing module. */
  providers?: readonly Provider[];
  /** Working tables as classes, and views of read models (`readModelOf`). A class is injected as its repository: `@InjectRepository(…)`. */
  entities?: readonly Entity[];
  /** How long a query may wait for its `minPosition`. Default 5 000. */
  readModelWaitMs?: number;
}

/**
 * What every service has: commands, the live directory, read models, projections, reactors and the internal gRPC endpoint.
 * Reactors see the providers given here, not those of an importing module.
 */
@Module({})
export class ServiceModule {
  static forRoot(options: ServiceOptions): DynamicModule {
    const { name, adapters } = options;
    const { tracer = Tracer.none } = adapters;
    const metrics = commandMetrics(adapters.metrics, name);
    const shared: Provider[] = [
      { provide: CLOCK, useValue: adapters.clock }, { provide: EVENT_STORE, useValue: adapters.store }, { provide: POOL, useValue: adapters.pool },
      { provide: SCHEMA, useValue: adapters.schema }, { provide: SERVICE_NAME, useValue: name }, { provide: SERVICE_OPTIONS, useValue: options },
      { provide: SERVICE_LOGGER, useValue: adapters.logger ?? createLogger({ service: name, level: 'warn' }) },
      { provide: SERVICE_TRACER, useValue: tracer }, { provide: COMMAND_METRICS, useValue: metrics },
      { provide: COMMAND_HANDLER, useValue: createCommandHandler(adapters.store, { clock: adapters.clock, tracer, versionOf, validate: validateEvent, upcast: upcastEvent, onAppend: metrics.appended }) },
      Commands, CaseDesk, LiveDirectory, Processors, ReadModels,
    ];
    return {
      module: ServiceModule,
      imports: [DiscoveryModule, ...databaseOf(options)],
      controllers: [ServiceCallsController, ...(adapters.simulation ? [SimulationController] : [])],
      providers: [...shared, ...(adapters.simulation ? [{ provide: SIMULATED_CLOCK, useValue: adapters.simulation }] : []), CallRouter, CommandStreams, ...(options.reactors ?? []), ...(options.providers ?? [])],
      exports: [TypeOrmModule, CLOCK, EVENT_STORE, POOL, SCHEMA, SERVICE_NAME, SERVICE_LOGGER, Commands, CaseDesk, LiveDirectory, Processors, ReadModels],
    };
  }
}

/** The `DataSource` and its repositories, on the service's own pool. A database that is away fails the start at once, as all else does. */
function databaseOf({ adapters: { pool, schema }, entities = [] }: ServiceOptions): DynamicModule[] {
  return [
    TypeOrmModule.forRootAsync({ useFactory: () => ({ retryAttempts: 1 }), dataSourceFactory: async () => createDataSource(pool, schema, { entities }) }),
    TypeOrmModule.forFeature([...entities]),
  ];
}

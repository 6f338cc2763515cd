import { type KafkaBus, type KafkaClientOptions } from '@gridcase/bus';
import { type EventStore, type PostgresEventStoreOptions } from '@gridcase/event-store';
import { type Logger } from '@gridcase/platform';
import type { Service } from '@gridcase/events';
import type { Adapters } from '../adapters';
import type { ProcessHost } from './host-process';
import type { KafkaConfig, RecordStore, ServiceConfig } from './process-config';
/** A service's schema within its database: the same in both profiles, so that its tables can be moved. */
export declare const schemaOf: (service: Service) => string;
export declare const openStore: (store: RecordStore, logger: Logger, postgres?: Pick<PostgresEventStoreOptions, 'readIntervalMs'>) => Promise<EventStore>;
export declare const kafkaClientOptions: ({ brokers, tls, sasl }: KafkaConfig, clientId: string, logger: Logger) => KafkaClientOptions;
/** The cluster profile's adapters of one service. Readiness tells whether each can be reached. */
export declare function openAdapters(name: Service, config: ServiceConfig, { health, metrics, logger, shutdown }: ProcessHost): Promise<Adapters & {
    bus: KafkaBus;
}>;

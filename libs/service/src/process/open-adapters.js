"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.kafkaClientOptions = exports.openStore = exports.schemaOf = void 0;
exports.openAdapters = openAdapters;
const bus_1 = require("@gridcase/bus");
const event_store_1 = require("@gridcase/event-store");
const platform_1 = require("@gridcase/platform");
const simulated_clock_1 = require("../simulation/simulated-clock");
/** A service's schema within its database: the same in both profiles, so that its tables can be moved. */
const schemaOf = (service) => service.replaceAll('-', '_');
exports.schemaOf = schemaOf;
const openStore = (store, logger, postgres = {}) => store.kind === 'eventstoredb'
    ? (0, event_store_1.createEventStoreDbEventStore)({ ...store, onResubscribe: (error) => logger.warn({ err: error }, 'a subscription to the event store broke and is taken up again') })
    : (0, event_store_1.createPostgresEventStore)({ ...postgres, url: store.url, migrate: store.migrate });
exports.openStore = openStore;
const kafkaClientOptions = ({ brokers, tls, sasl }, clientId, logger) => ({
    brokers, clientId, ssl: tls, ...(sasl && { sasl: sasl }), log: (level, message, details) => logger[level]({ kafka: details }, message),
});
exports.kafkaClientOptions = kafkaClientOptions;
/** The cluster profile's adapters of one service. Readiness tells whether each can be reached. */
async function openAdapters(name, config, { health, metrics, logger, shutdown }) {
    const schema = (0, exports.schemaOf)(name);
    const pool = (0, platform_1.createPool)({ url: config.databaseUrl, applicationName: `gridcase.${name}`, max: config.poolMax, onIdleError: (error) => { if (!shutdown.signal.aborted)
            logger.warn({ err: error }, 'a database connection broke'); } });
    shutdown.onStop('connections', 'database pool', () => pool.end());
    const store = await (0, exports.openStore)(config.store, logger);
    shutdown.onStop('connections', 'event store', () => store.close());
    const bus = (0, bus_1.createKafkaBus)({ kafka: (0, bus_1.createKafkaClient)((0, exports.kafkaClientOptions)(config.kafka, `gridcase.${name}`, logger)), store, topics: (0, bus_1.topicsWithPrefix)(config.kafka.topicPrefix) });
    const simulatedClock = config.clockStart ? await (0, simulated_clock_1.openSimulatedClock)({ pool, schema: `${schema}_simulation`, start: config.clockStart, signal: shutdown.signal, onError: (error) => logger.warn({ err: error }, 'the simulated clock could not be read') }) : undefined;
    health.addReadiness('database', async () => void (await pool.query('select 1')));
    health.addReadiness('event store', async () => ({ kind: config.store.kind, head: String(await store.head()) }));
    health.addReadiness('bus', () => bus.check());
    return { clock: simulatedClock?.clock ?? new platform_1.SystemClock(), store, bus, pool, schema, listen: config.listen, metrics, logger, health, ...(simulatedClock && { simulation: simulatedClock }) };
}
//# sourceMappingURL=open-adapters.js.map
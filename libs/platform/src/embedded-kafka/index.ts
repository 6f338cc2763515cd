export { KafkaServer, startKafka, stopAbandonedKafka, type StartKafkaOptions } from './start-kafka';
export { kafkaJars, whyNoKafka } from './jars';

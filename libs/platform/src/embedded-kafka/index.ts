export { KafkaServer, endProcess, startKafka, type StartKafkaOptions } from './start-kafka';
export { kafkaJars, whyNoKafka } from './jars';

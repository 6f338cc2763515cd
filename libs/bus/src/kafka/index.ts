export { createKafkaClient, isBrokerAway, type KafkaClientOptions } from './client';
export { createKafkaBus, type KafkaBus, type KafkaBusOptions } from './kafka-bus';
export { oneActiveMember } from './one-active-member';
export { Publisher, type PublisherOptions } from './publisher';
export { TopicsUnusable, checkTopics, createTopics, topicsWithPrefix, type TopicSettings } from './topics';

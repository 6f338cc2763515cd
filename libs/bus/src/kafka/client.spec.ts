import { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, KafkaJSSASLAuthenticationError } from 'kafkajs';
import { isBrokerAway } from './client';

const refused = new KafkaJSConnectionError('connect ECONNREFUSED 127.0.0.1:9092', { broker: '127.0.0.1:9092', code: 'ECONNREFUSED' });
// Its declaration knows no message.
const unauthenticated = new (KafkaJSSASLAuthenticationError as unknown as new (message: string) => Error)('SASL authentication failed');
const givenUp = (cause: Error) => Object.assign(new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 5, retryTime: 1_000 }), { cause });
const protocol = (retriable: boolean) => new KafkaJSProtocolError(Object.assign(new Error('the broker said so'), { type: 'X', code: 1, retriable }) as never);

it.each<[string, unknown, boolean]>([
  ['nobody listens', refused, true],
  ['nobody listened, tried often enough', givenUp(refused), true],
  ['a broker that says "later"', protocol(true), true],
  ['a broker that says "no"', protocol(false), false],
  ['credentials that are refused', unauthenticated, false],
  ['credentials that are refused, tried often enough', givenUp(unauthenticated), false],
  ['a setting that is wrong', new KafkaJSNonRetriableError('invalid'), false],
  ['a mistake of ours', new TypeError('broken'), false],
])('%s', (_, error, away) => expect(isBrokerAway(error)).toBe(away));

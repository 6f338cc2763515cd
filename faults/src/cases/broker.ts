import type { FaultCase } from '../fault-case';

const TWO_MINUTES_MS = 120_000;

export const brokerCases: readonly FaultCase[] = [
  {
    name: 'broker-killed', profiles: ['cluster'],
    about: 'Kafka is killed under load and started again',
    async inject({ platform, note, pause, random }) {
      await platform.broker!.kill();
      note('kill -9 Kafka');
      await pause(random.between(500, 3_000));
      await platform.broker!.start();
      note('Kafka runs again');
    },
  },
  {
    name: 'broker-down-for-two-minutes', profiles: ['cluster'],
    about: 'Kafka is down for two minutes: commands go on being acknowledged',
    load: { lanes: 2 },
    async inject({ platform, note, pause, acknowledged, problem }) {
      await platform.broker!.stop();
      const before = acknowledged();
      await pause(TWO_MINUTES_MS);
      const meanwhile = acknowledged() - before;
      note(`Kafka was down for two minutes, ${meanwhile} commands were acknowledged meanwhile`);
      if (meanwhile === 0) problem('no command was acknowledged while Kafka was down');
      await platform.broker!.start();
    },
  },
];

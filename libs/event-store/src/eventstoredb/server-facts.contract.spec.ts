import { ProtocolDouble } from '@gridcase/eventstoredb-double';
import { realServer } from './testing/real-server';
import { serverFacts } from './testing/server-facts.contract';

serverFacts('protocol double', async () => {
  const double = await new ProtocolDouble().start();
  return { connectionString: double.connectionString, stop: async () => double.stop() };
});

const real = realServer();
if (real) serverFacts(real.what, () => real.start());

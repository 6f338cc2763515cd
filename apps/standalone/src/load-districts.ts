import { chinaDate } from '@gridcase/domain';
import { SystemClock } from '@gridcase/platform';
import { Expectations } from './demo/expectations';
import { loadJurisdictions } from './demo/load-jurisdictions';
import { RestClient } from './demo/rest-client';
import { readScenario } from './demo/scenario';

/** The two districts of the demo for benches and fault tests. `today`: by the platform's clock, if that is not the machine's. */
export async function loadDistricts(baseUrl: string, today = chinaDate(new SystemClock().now())): Promise<void> {
  const expectations = new Expectations();
  await loadJurisdictions({ client: new RestClient(baseUrl), cast: readScenario(true).cast, expectations, today, onProgress: () => undefined });
  if (!expectations.held) throw new Error(`the districts could not be loaded: ${JSON.stringify(expectations.failed[0])}`);
}

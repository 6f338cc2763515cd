import { chinaDate } from '@gridcase/domain';
import { SystemClock } from '@gridcase/platform';
import { Expectations } from './demo/expectations';
import { loadJurisdictions } from './demo/load-jurisdictions';
import { RestClient } from './demo/rest-client';
import { readScenario } from './demo/scenario';

/** The two districts of the demo, from the day of `now` (default: the machine's time) on: for benches and fault tests. */
export async function loadDistricts(baseUrl: string, now: string = new SystemClock().now()): Promise<void> {
  const expectations = new Expectations();
  await loadJurisdictions({ client: new RestClient(baseUrl), cast: readScenario(true).cast, expectations, today: chinaDate(now), onProgress: () => undefined });
  if (!expectations.held) throw new Error(`the districts could not be loaded: ${JSON.stringify(expectations.failed[0])}`);
}

import { hostProcess } from '@gridcase/service';
import { relayConfig } from './relay-config';
import { startRelay } from './start-relay';

void hostProcess('relay', relayConfig, async (config, host) => void (await startRelay(config, host)));

"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.runService = void 0;
require("reflect-metadata");
const start_service_1 = require("../start-service");
const host_process_1 = require("./host-process");
const open_adapters_1 = require("./open-adapters");
const process_config_1 = require("./process-config");
/** A service as a process of its own: the whole of an app's `main.ts`. Resolves when it is ready, or has failed. */
const runService = (name, createModule) => (0, host_process_1.hostProcess)(name, process_config_1.serviceConfig, async (config, host) => {
    const adapters = await (0, open_adapters_1.openAdapters)(name, config, host);
    const service = await (0, start_service_1.startService)(createModule(adapters, config), adapters);
    host.shutdown.onStop('work', name, () => service.close());
    host.logger.info({ address: service.address, store: config.store.kind, clock: config.clockStart ? 'simulated' : 'system' }, `${name} takes calls`);
});
exports.runService = runService;
//# sourceMappingURL=run-service.js.map
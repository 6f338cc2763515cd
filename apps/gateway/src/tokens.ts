/** Injection tokens of what the composition root passes in. */
export const SERVICE_CALLS = Symbol('SERVICE_CALLS');
export const GATEWAY_CLOCK = Symbol('GATEWAY_CLOCK');
export const GATEWAY_LOGGER = Symbol('GATEWAY_LOGGER');
export const EVIDENCE_STORE = Symbol('EVIDENCE_STORE');
export const SIMULATION = Symbol('SIMULATION');
export const DEMO_ISSUER = Symbol('DEMO_ISSUER');

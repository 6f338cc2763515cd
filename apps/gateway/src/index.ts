export { DemoIssuer, type DemoTokenRequest } from './auth/demo-issuer';
export { OidcVerifier, type OidcOptions } from './auth/oidc-verifier';
export { InvalidToken, type TokenVerifier, type VerifiedToken } from './auth/token-verifier';
export { createGateway, type Gateway, type GatewayLimits, type GatewayOptions } from './create-gateway';
export type { ServiceCalls } from './calls/operation-calls';
export type { EvidenceStore, StoredEvidence } from './evidence/evidence-store';
export { FileEvidenceStore } from './evidence/file-evidence-store';
export { operations, type Operation } from './operations';
export type { Simulation } from './simulation/simulation.controller';

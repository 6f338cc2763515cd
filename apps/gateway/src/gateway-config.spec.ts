import type { ConfigError } from '@gridcase/platform';
import { gatewayConfig } from './gateway-config';

const addresses = { REGISTRY_ADDRESS: 'registry:50051', INTAKE_ADDRESS: 'intake:50051', DISPATCH_ADDRESS: 'dispatch:50051', SLA_MONITOR_ADDRESS: 'sla-monitor:50051', ASSESSMENT_ADDRESS: 'assessment:50051', AUDIT_ADDRESS: 'audit:50051' };
const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    gatewayConfig(env);
  } catch (error) {
    return (error as ConfigError).problems;
  }
  return [];
};

it('takes tokens of a provider', () => {
  const config = gatewayConfig({ ...addresses, OIDC_ISSUER: 'https://id.example.cn', OIDC_AUDIENCE: 'gridcase', OIDC_JWKS_URI: 'https://id.example.cn/keys' });
  expect(config).toMatchObject({ addresses: { registry: 'registry:50051', 'sla-monitor': 'sla-monitor:50051' }, oidc: { issuer: 'https://id.example.cn' }, rest: { port: 8080 } });
  expect(config.demoKeysDir).toBeUndefined();
});

it('signs demo tokens only when asked to', () => {
  expect(problemsOf(addresses)).toEqual([expect.stringContaining('GRIDCASE_DEMO_TOKENS=true')]);
  expect(gatewayConfig({ ...addresses, GRIDCASE_DEMO_TOKENS: 'true' }).demoKeysDir).toBe('/var/lib/gridcase/keys');
});

it('names every service it was not told of', () => {
  const problems = problemsOf({ INTAKE_ADDRESS: 'intake', OIDC_ISSUER: 'https://id.example.cn' });
  expect(problems).toHaveLength(7);
  expect(problems).toContain('OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URI go together');
});

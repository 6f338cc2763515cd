import { z } from 'zod';
import { envBoolean, envInt, envUrl } from '../config/config';

/** Names as OpenTelemetry gives them. Its exporter and resource read more by themselves: headers, certificates, names. */
export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: envUrl('http:', 'https:').optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: envUrl('http:', 'https:').optional(),
  OTEL_SDK_DISABLED: envBoolean().default(false),
  OTEL_TRACES_SAMPLER: z.enum(['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio']).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.string().regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'expected a number from 0 to 1').default('1').transform(Number),
  OTEL_BSP_SCHEDULE_DELAY: envInt({ min: 10, max: 60_000 }).default(5_000),
};
type Read = z.infer<z.ZodObject<typeof tracingVariables>>;

export interface TracingConfig { url: string; sampler: Read['OTEL_TRACES_SAMPLER']; ratio: number; exportDelayMs: number }

/** Undefined where nobody collects: nothing is recorded then. */
export function tracingPart(c: Read): TracingConfig | undefined {
  const url = c.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (c.OTEL_EXPORTER_OTLP_ENDPOINT && `${c.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/$/, '')}/v1/traces`);
  if (url === undefined || c.OTEL_SDK_DISABLED) return undefined;
  return { url, sampler: c.OTEL_TRACES_SAMPLER, ratio: c.OTEL_TRACES_SAMPLER_ARG, exportDelayMs: c.OTEL_BSP_SCHEDULE_DELAY };
}

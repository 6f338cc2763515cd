import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the configuration, at once: one start shows all of it. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`the configuration has ${problems.length} problem(s):\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

const SECRET_NAME = /PASSWORD|SECRET|TOKEN|KEY|CREDENTIAL|DATABASE_URL|EVENTSTORE_URL|DSN|WEBHOOK_URL/i;

/**
 * Reads and checks environment variables against a zod object whose keys are their names. An empty value counts as absent.
 * @throws ConfigError naming each variable, what was expected and what was found (never a secret's value).
 */
export function readConfig<S extends z.ZodObject>(schema: S, env: Environment = process.env): z.infer<S> {
  const given: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = env[name]?.trim();
    if (value) given[name] = value;
  }
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const name = issue.path.map(String).join('.');
      const value = given[String(issue.path[0])];
      if (value === undefined) return name ? `${name}: is required` : issue.message;
      return `${name}: ${issue.message}, found ${SECRET_NAME.test(name) ? '(a secret)' : JSON.stringify(value)}`;
    }),
  );
}

/** A whole number within limits; both ends are allowed. */
export const envInt = (limits: { min: number; max: number }) =>
  z.string().transform((text, context) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
    if (value >= limits.min && value <= limits.max) return value;
    context.addIssue({ code: 'custom', message: `expected a whole number from ${limits.min} to ${limits.max}` });
    return z.NEVER;
  });

export const envPort = () => envInt({ min: 0, max: 65_535 });

export const envBoolean = () =>
  z.string().transform((text, context) => {
    if (['true', '1', 'yes', 'on'].includes(text.toLowerCase())) return true;
    if (['false', '0', 'no', 'off'].includes(text.toLowerCase())) return false;
    context.addIssue({ code: 'custom', message: 'expected true or false' });
    return z.NEVER;
  });

/** A list separated by commas. */
export const envList = () => z.string().transform((text) => text.split(',').map((part) => part.trim()).filter(Boolean));

export const envUrl = (...protocols: string[]) =>
  z.string().refine(
    (text) => URL.canParse(text) && (protocols.length === 0 || protocols.includes(new URL(text).protocol)),
    { message: `expected a URL${protocols.length ? ` with ${protocols.join(' or ')}` : ''}` },
  );

/** `gridcase audit check`: the closing check from the command line. */
import { z } from 'zod';
import { ConfigError, SystemClock, instantToMs, readConfig, type Environment, type Instant } from '@gridcase/platform';
import { checkWebhook, clockVariables, webhookPart, webhookVariables } from '@gridcase/service';
import { closingCheck, type CheckedPlatform, type ClosingCheckOptions } from './closing-check';
import { readAcknowledged, readReceived } from './journals';
import { linesOf, sectionNames, type SectionName } from './report';

/** `--now`: when the last event was recorded. */
const END_OF_RECORD = 'record';

export interface AuditCheckFlags { only?: string[]; acknowledged?: string; received?: string; now?: string; grace: string; json?: boolean }
export interface AuditCheckOutput {
  /** The whole report as one line of JSON. */
  json?: boolean;
  /** Gets the report, line by line. */
  print(line: string): void;
  progress(line: string): void;
}

/** Resolves with the exit code: 0 whole, 1 something was found. @rule X18 */
export async function auditCheck(platform: CheckedPlatform, options: ClosingCheckOptions, { json = false, print, progress }: AuditCheckOutput): Promise<number> {
  const report = await closingCheck(platform, {
    ...options,
    onProgress: ({ section, position, head }) => progress(`${section}: checked up to position ${position} of ${head}`),
    onSection: (section) => { if (!json) for (const line of linesOf([section])) print(line); },
  }).catch((error: unknown) => {
    throw error instanceof ConfigError ? new ConfigError([...error.problems, '--only record,commands,clocks reads the record alone']) : error;
  });
  if (json) print(JSON.stringify(report));
  return report.ok ? 0 : 1;
}

/** @throws what the command line tells of a misuse */
export async function readFlags({ only, acknowledged, received, now, grace }: AuditCheckFlags, env: Environment = process.env): Promise<ClosingCheckOptions> {
  const sections = only?.map(sectionOf);
  const needs = (section: SectionName, flag: string) => { if (sections && !sections.includes(section)) throw new Error(`${flag} is for the section ${section}, which --only leaves out`); };
  if (acknowledged !== undefined) needs('commands', '--acknowledged');
  if (received !== undefined) needs('effects', '--received');
  if (!/^\d{1,6}$/.test(grace)) throw new Error(`--grace is a whole number of seconds, not ${grace}`);
  if (now !== undefined && now !== END_OF_RECORD) instantToMs(now);
  const told = toldBy(env);
  return {
    graceMs: Number(grace) * 1_000, now: now === END_OF_RECORD ? undefined : (now ?? nowBy(env)),
    ...(sections && { only: sections }), ...(told && { told }),
    ...(acknowledged !== undefined && { acknowledged: await readAcknowledged(acknowledged) }), ...(received !== undefined && { received: await readReceived(received) }),
  };
}

function sectionOf(name: string): SectionName {
  const found = sectionNames.find((section) => section === name);
  if (!found) throw new Error(`no section ${name}: some of ${sectionNames.join(', ')}`);
  return found;
}

/** A simulated clock stands in other processes: no later than here is known of it. */
const nowBy = (env: Environment): Instant | undefined => (readConfig(z.object({ GRIDCASE_CLOCK: clockVariables.GRIDCASE_CLOCK }), env).GRIDCASE_CLOCK === 'simulated' ? undefined : new SystemClock().now());

/** Where the web hook is set for this command as for the platform, its types are known. */
const toldBy = (env: Environment): readonly string[] | undefined => webhookPart(readConfig(z.object(webhookVariables).superRefine(checkWebhook), env)).webhook?.types;

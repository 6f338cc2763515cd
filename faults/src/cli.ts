import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { PlatformUnderTest } from './platform/under-test';

const CLI = join(dirname(require.resolve('@gridcase-apps/standalone')), 'cli.js');

export interface CliResult { /** null: it was killed. */ code: number | null; stdout: string; stderr: string }

/** The `gridcase` command line on this platform, as an operator runs it; `env` beside. */
export function gridcase(platform: PlatformUnderTest, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  return new Promise((done) => {
    const child = execFile(process.execPath, [CLI, ...args], { env: { ...withoutSettings(), ...platform.toolsEnv, ...env }, maxBuffer: 256 * 1024 * 1024 }, (_, stdout, stderr) => done({ code: child.exitCode, stdout, stderr }));
  });
}

const withoutSettings = (): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(DATABASE_URL|EVENT_?STORE_|KAFKA_|GRIDCASE_|FAULTS_|NODE_OPTIONS)|_DATABASE_URL$/.test(name)));

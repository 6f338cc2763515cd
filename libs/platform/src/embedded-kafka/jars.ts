import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '../../../..');
const POM = join(root, 'tools/kafka/pom.xml');
const JAVA_VERSION_MIN = 17;
const DOWNLOAD_TIMEOUT_MS = 300_000;

/** One folder a version of the pom: a changed one is fetched anew. */
const cacheDir = (): string => join(root, 'node_modules/.cache/gridcase-kafka', createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12));

/** In one line, why no broker can be started here; undefined when one can. */
export function whyNoKafka(): string | undefined {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  if (java.error) return 'no Java on this machine';
  const version = Number(/version "(\d+)/.exec(java.stderr)?.[1] ?? 0);
  if (version < JAVA_VERSION_MIN) return `Java ${JAVA_VERSION_MIN} or newer is needed, found ${version}`;
  if (existsSync(cacheDir())) return undefined;
  return spawnSync('mvn', ['-v'], { encoding: 'utf8' }).error ? 'no Maven on this machine to get the broker with' : undefined;
}

/** The folder with the broker's jars (tools/kafka/pom.xml), fetched from Maven Central when they are not there yet: about 43 MB. */
export async function kafkaJars(log: (line: string) => void = () => undefined): Promise<string> {
  const dir = cacheDir();
  if (existsSync(dir)) return dir;
  mkdirSync(join(dir, '..'), { recursive: true });
  const partial = mkdtempSync(`${dir}.partial-`);
  log('getting Apache Kafka from Maven Central (once, about 43 MB)');
  try {
    await promisify(execFile)('mvn', ['-q', '-B', '-ntp', '-f', POM, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${partial}`], { timeout: DOWNLOAD_TIMEOUT_MS });
    // Another process may have been quicker: its folder is as good.
    if (!existsSync(dir)) renameSync(partial, dir);
  } catch (error) {
    if (!existsSync(dir)) throw new Error(`Apache Kafka could not be fetched with Maven: ${(error as Error).message}`, { cause: error });
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return dir;
}

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What processes are told by files while they run: a folder of this run, gone with it. */
export class Signs {
  readonly dir: string;

  constructor(name: string) {
    this.dir = join(tmpdir(), `gridcase-faults-${name}-${process.pid}`);
    process.once('exit', () => this.clear());
  }

  /** Nobody reads half of it. */
  put(name: string, text = ''): void {
    mkdirSync(this.dir, { recursive: true });
    writeFileSync(join(this.dir, `.${name}`), text);
    renameSync(join(this.dir, `.${name}`), join(this.dir, name));
  }

  clear(): void { rmSync(this.dir, { recursive: true, force: true }); }
}

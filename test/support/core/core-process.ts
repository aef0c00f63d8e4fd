import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { CoreHome } from './test-core.ts';

const MAIN = fileURLToPath(new URL('core-main.ts', import.meta.url));

/** A Core as a process of its own, which a test may kill. */
export class CoreProcess {
  readonly address: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.address = address;
  }

  /** Resolves when it serves. */
  static async start(home: CoreHome): Promise<CoreProcess> {
    const child = spawn(process.execPath, [MAIN, JSON.stringify(home)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] },
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    for await (const line of createInterface({ input: child.stdout })) {
      return new CoreProcess(child, line);
    }
    throw new Error('the core did not start');
  }

  /** As the power would: nothing is said, nothing is written any more. */
  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

const STOP_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** Those that run: none of them is to outlive this process, however it ends. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A server in a process of its own, whose output goes to a file: the same kind of sink for everybody. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #ended: Promise<unknown>;

  constructor(command: readonly [string, ...string[]], log: string) {
    const [file, ...args] = command;
    const output = openSync(log, 'a', 0o600);
    // A group of its own: Ctrl-C ends us, and we end it.
    this.#child = spawn(file, args, { stdio: ['pipe', output, output], detached: true });
    closeSync(output);
    this.#log = log;
    this.#ended = once(this.#child, 'exit');
    running.add(this.#child);
    this.#child.once('exit', () => running.delete(this.#child));
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`no process: ${this.lastLines()}`);
    return this.#child.pid;
  }

  /** Asks again and again until the answer is there. Rejects when the process ends, or `limitMs` pass. */
  async until<Answer>(
    what: string,
    ask: () => Promise<Answer | undefined> | Answer | undefined,
    limitMs: number,
    everyMs = LOOK_EVERY_MS,
  ): Promise<Answer> {
    const end = performance.now() + limitMs;
    for (;;) {
      const answer = await Promise.resolve(ask()).catch(() => undefined);
      if (answer !== undefined) return answer;
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null || performance.now() > end) {
        throw new Error(`${what}: not in time; its log says\n${this.lastLines()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  /** Ends it as a supervisor would, and by force when that takes too long. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.#ended;
    clearTimeout(force);
  }

  lastLines(): string {
    return readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  }
}

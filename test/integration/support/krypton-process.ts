import { spawn, type ChildProcess } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from '../../support/environment.ts';
import { ROOT } from '../../support/programs.ts';

const CLI = join(ROOT, 'src', 'bin', 'cryptobroker.ts');

/**
 * The home directory is where the copy of the FIPS module is kept that Node's own TLS runs on. The compile cache halves the
 * start of a program that runs from its sources, and these tests start many.
 */
export const PROGRAM_ENVIRONMENT = {
  PATH: '/usr/bin:/bin',
  HOME: homedir(),
  NODE_COMPILE_CACHE: join(cacheDirectory, 'test-compile'),
} as const;

const START_MS = 30_000;
const STOP_MS = 15_000;

/** What a program says of itself when it serves. */
export type ServingFacts = Readonly<Record<string, unknown>>;

/** A Core or a Gateway in a process of its own. */
export class KryptonProcess {
  /** The fields of its log line `serving`. */
  readonly facts: ServingFacts;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #log: () => string;

  private constructor(child: ChildProcess, ended: Promise<number | null>, log: () => string) {
    this.#child = child;
    this.#ended = ended;
    this.#log = log;
    this.facts = servingLine(log()) ?? {};
  }

  /** Runs `cryptobroker ...args` and resolves when it serves; `nodeArgs` are for Node itself. */
  static async start(
    args: readonly string[],
    { nodeArgs = [], cwd }: { readonly nodeArgs?: readonly string[]; readonly cwd?: string } = {},
  ): Promise<KryptonProcess> {
    const child = spawn(process.execPath, [...nodeArgs, CLI, ...args], {
      env: PROGRAM_ENVIRONMENT,
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = collect(child);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    try {
      await serving(child, log);
    } catch (error) {
      child.kill('SIGKILL');
      await ended;
      throw error;
    }
    return new KryptonProcess(child, ended, log);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Everything it has logged so far. */
  log(): string {
    return this.#log();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it as the power would: nothing more is said or written. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Ends it as a supervisor does; by force when that takes too long. Returns the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    const exit = await this.#ended;
    clearTimeout(timer);
    return exit;
  }
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return () => text;
}

async function serving(child: ChildProcess, log: () => string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (servingLine(log()) !== undefined) finish();
    };
    const finish = (problem?: string): void => {
      clearTimeout(timer);
      // To look through a log that grows, for each of its lines, would be all that a long test does.
      child.stdout?.off('data', look);
      if (problem === undefined) resolve();
      else reject(new Error(`${problem}; its log:\n${log()}`));
    };
    const timer = setTimeout(() => {
      finish(`the program does not serve after ${START_MS} ms`);
    }, START_MS);
    child.stdout?.on('data', look);
    child.once('error', (error) => {
      finish(error.message);
    });
    child.once('close', (exit) => {
      finish(`the program ended with ${exit}`);
    });
  });
}

function servingLine(log: string): ServingFacts | undefined {
  const line = log.split('\n').find((candidate) => candidate.includes('"msg":"serving"'));
  return line === undefined ? undefined : (JSON.parse(line) as ServingFacts);
}

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The top of the checkout. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** The program, run from its sources under the Node that runs the tests. */
export const PROGRAM = [process.execPath, join(ROOT, 'src', 'bin', 'cryptobroker.ts')] as const;

/** How a program ended and what it printed. */
export interface Ended {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: Buffer;
  readonly error: string;
}

/** An environment in which nothing is set but where the system's programs are. */
const BARE = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' } as const;

export interface RunOptions {
  /** The whole environment: nothing of the tests' own leaks into a program. Default: a bare one. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard input; empty when absent. */
  readonly input?: string | Uint8Array;
  /** Ends the program by force after so many milliseconds. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end. */
export async function runProgram(
  [file, ...args]: readonly [string, ...string[]],
  { env = BARE, cwd, input = '', timeoutMs = 60_000 }: RunOptions = {},
): Promise<Ended> {
  const child = spawn(file, args, {
    env,
    cwd,
    stdio: 'pipe',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const out: Buffer[] = [];
  const error: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => error.push(chunk));
  // A program that does not read its input may have closed it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return await new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => {
      resolve({ exit, signal, out: Buffer.concat(out), error: Buffer.concat(error).toString() });
    });
  });
}

/** Runs `cryptobroker` with these arguments. */
export async function cryptobroker(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return await runProgram([...PROGRAM, ...args], options);
}

/** A Broker in a process of its own, on a socket in a directory of its own. */
export interface BrokerProcess {
  readonly socket: string;
  readonly pid: number;
  /** Everything it has logged so far. */
  log(): string;
  /** Ends it as a supervisor does, removes its directory, and returns its exit code. */
  stop(): Promise<number | null>;
}

export interface BrokerOptions {
  /** Further arguments of `cryptobroker server`. */
  readonly args?: readonly string[];
  /** Variables beside those of a bare environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: one in a directory of its own. */
  readonly socket?: string;
  /** Leaves the sockets to the server, which listens where released clients look. */
  readonly sockets?: 'historic';
  /** The program that has the command `server`. Default: the one of this checkout. */
  readonly program?: readonly [string, ...string[]];
}

/** Starts a Broker and resolves when it serves. */
export async function startBroker(options: BrokerOptions = {}): Promise<BrokerProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'cryptobroker-'));
  const { socket = join(directory, 'broker.sock'), args = [], program = PROGRAM } = options;
  const [file, ...before] = program;
  const listen = options.sockets === 'historic' ? [] : ['--socket', socket];
  const child = spawn(file, [...before, 'server', ...listen, ...args], {
    env: { ...BARE, ...options.env },
    stdio: 'pipe',
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const log = collect(child);
  try {
    await serving(child, log);
  } catch (error) {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    socket,
    pid: child.pid ?? 0,
    log,
    async stop() {
      child.kill('SIGTERM');
      const exit = await ended;
      rmSync(directory, { recursive: true, force: true });
      return exit;
    },
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  }
  return () => text;
}

const START_MS = 30_000;

/** Resolves when the log says that the server serves; rejects when it ends before, or takes too long. */
async function serving(child: ChildProcess, log: () => string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the server does not serve after ${START_MS} ms; its log:\n${log()}`));
    }, START_MS);
    const look = (): void => {
      if (log().includes('"msg":"serving"')) finish(resolve);
    };
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      child.stdout?.off('data', look);
      settle();
    };
    child.stdout?.on('data', look);
    child.once('error', (error) => {
      finish(() => {
        reject(error);
      });
    });
    child.once('close', (exit) => {
      finish(() => {
        reject(new Error(`the server ended with ${exit}; its log:\n${log()}`));
      });
    });
  });
}

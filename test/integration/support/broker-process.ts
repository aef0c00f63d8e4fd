import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { CapturedLine } from './captured-log.ts';

const PROGRAM = fileURLToPath(new URL('../../../src/bin/cryptobroker.ts', import.meta.url));
const START_TIMEOUT_MS = 30_000;

export interface BrokerProcessOptions {
  readonly sockets: readonly string[];
  /** Further environment variables; nothing of ours is inherited from the test's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another main program than `cryptobroker server`. */
  readonly entry?: string;
  readonly stdio?: StdioOptions;
  /** Started in place of Node, with Node's path and arguments appended: `['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh']`. */
  readonly wrapper?: readonly string[];
}

/** The end of a process. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The server as a process of its own; killed when the test has ended. */
export class BrokerProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<ProcessEnd>;
  #output = '';

  constructor(options: BrokerProcessOptions) {
    const program = options.entry === undefined ? [PROGRAM, 'server'] : [options.entry];
    const [command = '', ...args] = [...(options.wrapper ?? []), process.execPath, ...program];
    this.child = spawn(command, args, {
      env: {
        PATH: process.env['PATH'],
        CRYPTO_BROKER_SOCKETS: options.sockets.join(':'),
        ...options.env,
      },
      stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
    });
    const collect = (chunk: Buffer): void => {
      this.#output += chunk.toString();
    };
    this.child.stdout?.on('data', collect);
    this.child.stderr?.on('data', collect);
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        resolve({ code, signal });
      });
    });
    onTestFinished(() => {
      this.child.kill('SIGKILL');
    });
  }

  /** Starts a server and waits until it says that it serves. */
  static async serving(options: BrokerProcessOptions): Promise<BrokerProcess> {
    const broker = new BrokerProcess(options);
    await broker.logged('serving');
    return broker;
  }

  /** Everything it has printed. */
  get output(): string {
    return this.#output;
  }

  /** The whole lines of its log so far. */
  get lines(): readonly CapturedLine[] {
    return this.#output
      .slice(0, this.#output.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as CapturedLine);
  }

  line(message: string): CapturedLine | undefined {
    return this.lines.find(({ msg }) => msg === message);
  }

  /** Resolves when a line has this message, in either form of log; rejects when the process ends without it. */
  async logged(message: string): Promise<void> {
    const forms = [`"msg":"${message}"`, `msg=${message} `, `msg="${message}" `];
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no line "${message}" in:\n${this.output}`));
      }, START_TIMEOUT_MS);
      const look = (): void => {
        if (!forms.some((form) => this.#output.includes(form))) return;
        clearTimeout(timer);
        this.child.stdout?.off('data', look);
        resolve();
      };
      this.child.stdout?.on('data', look);
      this.child.once('close', () => {
        clearTimeout(timer);
        look();
        reject(new Error(`ended without "${message}":\n${this.output}`));
      });
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

// One program of the product, as the demonstration runs it.

import { execFile, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../lib/paths.mjs';

const STOP_DEADLINE_MS = 10_000;
const COMMAND_DEADLINE_MS = 30_000;

/** The compiled command line. */
export const PROGRAM = join(projectRoot, 'dist', 'bin', 'cryptobroker.js');

const run = promisify(execFile);

/** A program that serves until it is stopped. */
export class Program {
  /** Those that run: being detached, they would outlive us. */
  static #running = new Set();

  /** Ends all of them at once, by force: for when nobody waits any more. */
  static killAll() {
    for (const program of Program.#running) program.#child.kill('SIGKILL');
  }

  #child;
  #log;
  #name;

  /**
   * @param {{name: string, args: string[], log: string}} options `name` for messages
   */
  constructor({ name, args, log }) {
    const output = openSync(log, 'w', 0o600);
    this.#name = name;
    this.#log = log;
    this.#child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', output, output],
      // Ctrl-C goes to the whole terminal group; a program is to stop when we say so, after the last call.
      detached: true,
    });
    this.pid = this.#child.pid;
    Program.#running.add(this);
    this.ended = new Promise((resolve) => this.#child.once('exit', resolve)).finally(() =>
      Program.#running.delete(this),
    );
  }

  /**
   * Waits for what shows that it serves, and fails when it ends before.
   * @template T
   * @param {Promise<T>} ready
   * @returns {Promise<T>}
   */
  async serving(ready) {
    const ended = Symbol('ended');
    const first = await Promise.race([ready, this.ended.then(() => ended)]).catch((error) => error);
    if (first === ended || first instanceof Error) {
      await this.stop();
      throw new Error(
        `the ${this.#name} did not start${first instanceof Error ? ` (${first.message})` : ''}; its log says:\n${this.lastLogLines()}`,
      );
    }
    return first;
  }

  /** Ends it as a supervisor would, and by force when that takes too long. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await this.ended;
    clearTimeout(force);
  }

  lastLogLines() {
    return readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
  }
}

/**
 * Runs a command of the product to its end and gives back what it wrote; throws with its complaint when it fails.
 * @param {string[]} args
 * @returns {Promise<string>}
 */
export async function command(...args) {
  try {
    const { stdout } = await run(process.execPath, [PROGRAM, ...args], {
      timeout: COMMAND_DEADLINE_MS,
    });
    return stdout;
  } catch (error) {
    throw new CommandFailure(args, String(error.stderr ?? error.message).trim());
  }
}

/** The same for a command that prints JSON. */
export async function commandJson(...args) {
  return JSON.parse(await command(...args, '--json'));
}

export class CommandFailure extends Error {
  constructor(args, complaint) {
    super(`cryptobroker ${args.slice(0, 3).join(' ')}: ${complaint}`);
    this.complaint = complaint;
  }
}

/**
 * Asks again and again until the answer is there.
 * @template T
 * @param {string} what for the message when it never comes
 * @param {() => Promise<T | undefined>} ask undefined, or a thrown error: not yet
 * @param {{signal?: AbortSignal, deadlineMs?: number}} [options]
 * @returns {Promise<T>}
 */
export async function until(what, ask, { signal, deadlineMs = 20_000 } = {}) {
  const end = Date.now() + deadlineMs;
  let last;
  for (;;) {
    const answer = await ask().catch((error) => {
      last = error;
      return undefined;
    });
    if (answer !== undefined) return answer;
    signal?.throwIfAborted();
    if (Date.now() > end)
      throw new Error(`${what}: not in time${last ? ` (${last.message})` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

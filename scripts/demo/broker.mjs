// One Broker process of the demonstration.

import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connect } from '../../dist/client/index.js';
import { projectRoot } from '../lib/paths.mjs';

const START_DEADLINE_MS = 10_000;
const STOP_DEADLINE_MS = 10_000;
export const PROGRAM = join(projectRoot, 'dist', 'bin', 'cryptobroker.js');

export class Broker {
  #child;
  #log;
  /** Directories that the Broker had to make for its sockets; it leaves them for its next start, a demonstration does not. */
  #madeDirectories;

  constructor({ child, log, client, madeDirectories }) {
    this.#child = child;
    this.#log = log;
    this.#madeDirectories = madeDirectories;
    this.client = client;
    this.pid = child.pid;
    this.ended = new Promise((resolve) => child.once('exit', resolve));
  }

  /**
   * Starts a Broker and waits until it serves.
   * @param {{sockets: string[], log: string, signal: AbortSignal}} options
   */
  static async start({ sockets, log, signal }) {
    const startedAt = performance.now();
    const madeDirectories = sockets
      .map((path) => dirname(path))
      .filter((path) => !existsSync(path));
    const output = openSync(log, 'w', 0o600);
    const child = spawn(
      process.execPath,
      [PROGRAM, 'server', ...sockets.flatMap((path) => ['--socket', path])],
      {
        stdio: ['ignore', output, output],
        // Ctrl-C goes to the whole terminal group; the Broker is to stop when we say so, after the last call.
        detached: true,
      },
    );
    const client = connect({ socket: sockets[0] });
    const broker = new Broker({ child, log, client, madeDirectories });
    const ready = client.health({ deadlineMs: START_DEADLINE_MS, signal });
    const first = await Promise.race([ready, broker.ended.then(() => 'ended')]).catch(
      (error) => error,
    );
    if (first === 'ended' || first instanceof Error) {
      await broker.stop();
      throw new Error(`the Broker did not start; its log says:\n${broker.lastLogLines()}`);
    }
    broker.startMs = performance.now() - startedAt;
    return broker;
  }

  /** Ends the Broker as a supervisor would, and by force when that takes too long. */
  async stop() {
    await this.client.close();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await this.ended;
    clearTimeout(force);
    for (const directory of this.#madeDirectories) removeIfEmpty(directory);
  }

  lastLogLines() {
    return readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
  }
}

function removeIfEmpty(directory) {
  try {
    rmdirSync(directory);
  } catch {
    // Another Broker has come to live there, or it is gone already.
  }
}

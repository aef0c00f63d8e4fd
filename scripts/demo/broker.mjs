// One Broker process of the demonstration.

import { existsSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { connect } from '../../dist/client/index.js';
import { Program } from './program.mjs';

const START_DEADLINE_MS = 10_000;

export class Broker {
  #program;
  /** Directories that the Broker had to make for its sockets; it leaves them for its next start, a demonstration does not. */
  #madeDirectories;

  constructor({ program, client, madeDirectories }) {
    this.#program = program;
    this.#madeDirectories = madeDirectories;
    this.client = client;
    this.pid = program.pid;
    this.ended = program.ended;
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
    const program = new Program({
      name: 'Broker',
      args: ['server', ...sockets.flatMap((path) => ['--socket', path])],
      log,
    });
    const client = connect({ socket: sockets[0] });
    try {
      await program.serving(client.health({ deadlineMs: START_DEADLINE_MS, signal }));
    } catch (error) {
      await client.close();
      throw error;
    }
    const broker = new Broker({ program, client, madeDirectories });
    broker.startMs = performance.now() - startedAt;
    return broker;
  }

  async stop() {
    await this.client.close();
    await this.#program.stop();
    for (const directory of this.#madeDirectories) removeIfEmpty(directory);
  }

  lastLogLines() {
    return this.#program.lastLogLines();
  }
}

function removeIfEmpty(directory) {
  try {
    rmdirSync(directory);
  } catch {
    // Another Broker has come to live there, or it is gone already.
  }
}

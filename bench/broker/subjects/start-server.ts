import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { ServerProcess } from '../../harness/server-process.ts';
import type { SubjectName } from '../contenders.ts';
import type { Subject } from './subject.ts';

const START_MS = 20_000;
/** A start is told in milliseconds: it is looked for more often than that. */
const LOOK_EVERY_MS = 1;

/** Starts a server that listens on the socket it is given, and waits until it accepts. */
export async function startServer(
  name: SubjectName,
  directory: string,
  command: (socket: string) => readonly [string, ...string[]],
): Promise<Subject> {
  const socket = join(directory, `${name}.sock`);
  const log = join(directory, `${name}.log`);
  const started = performance.now();
  const running = new ServerProcess(command(socket), log);
  try {
    const accepted = (): Promise<true | undefined> => accepts(socket);
    await running.until(name, accepted, START_MS, LOOK_EVERY_MS);
    const startMs = performance.now() - started;
    // What it has to say of itself may be written a little later.
    const announced = (): string | undefined => servingLine(log);
    if (name !== 'floor') await running.until(name, announced, START_MS);
    return { name, socket, log, startMs, pid: running.pid, stop: () => running.stop() };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** The line of a log that says how the server serves. */
export function servingLine(log: string): string | undefined {
  return readFileSync(log, 'utf8')
    .split('\n')
    .find((line) => line.includes('"msg":"serving"'));
}

function accepts(path: string): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(undefined);
    });
  });
}

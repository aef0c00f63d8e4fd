// Runs commands. Long ones write to a log file, report their lines as they come, and never outlive us.

import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import os from 'node:os';
import { createInterface } from 'node:readline';

/** A command that could not be started or did not end with 0. */
export class CommandError extends Error {
  /**
   * @param {string} what the command, for people
   * @param {string} how how it ended
   * @param {string[]} tail the last lines it printed
   */
  constructor(what, how, tail) {
    super(`${what}: ${how}`);
    this.name = 'CommandError';
    this.tail = tail;
  }
}

const TAIL_LINES = 25;

/**
 * Runs a command to its end; output goes to the log and, line by line, to onLine.
 *
 * The command gets a process group of its own and a watchdog that ends the whole group when we disappear,
 * however that happens: a compiler left running after `kill -9` would go on writing into a tree that the
 * next run has already begun to rebuild.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, log?: string, onLine?: (line: string) => void,
 *   mayOutliveUs?: boolean}} [options] mayOutliveUs: for what must not be interrupted, such as a package installation
 * @returns {Promise<string[]>} the last lines of the output
 */
export async function run(command, args, { cwd, env, log, onLine, mayOutliveUs = false } = {}) {
  const shown = [command, ...args].join(' ');
  const what = shown.length > 160 ? `${shown.slice(0, 157)}...` : shown;
  const sink = log ? createWriteStream(log, { flags: 'a' }) : undefined;
  sink?.write(`$ ${shown}\n`);

  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const watchdog = child.pid === undefined || mayOutliveUs ? undefined : watch(child.pid);

  /** @type {string[]} */
  const tail = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
      sink?.write(`${line}\n`);
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      onLine?.(line);
    });
  }

  const end = await ended;
  watchdog?.kill('SIGKILL');
  if (sink) await new Promise((resolve) => sink.end(resolve));
  if (end.error) throw new CommandError(what, describeStartFailure(end.error, command), tail);
  if (end.code !== 0) {
    throw new CommandError(
      what,
      end.signal ? `ended by ${end.signal}` : `exit code ${end.code}`,
      tail,
    );
  }
  return tail;
}

/** A shell that waits for our end of a pipe to close and then ends the group. */
function watch(group) {
  const watchdog = spawn(
    '/bin/sh',
    ['-c', 'cat >/dev/null; kill -TERM -- "-$1" 2>/dev/null', 'watchdog', String(group)],
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  watchdog.on('error', () => {});
  watchdog.stdin?.on('error', () => {});
  watchdog.unref();
  return watchdog;
}

function describeStartFailure(error, command) {
  return error.code === 'ENOENT'
    ? `${command} was not found`
    : `could not be started (${error.message})`;
}

/**
 * The standard output of a short command, trimmed; undefined when it is missing or fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv}} [options]
 * @returns {string | undefined}
 */
export function capture(command, args, { cwd, env } = {}) {
  const done = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/**
 * How many compilers to run at once.
 * @returns {number}
 */
export function jobs() {
  return os.availableParallelism?.() ?? os.cpus().length;
}

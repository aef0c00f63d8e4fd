// Starts containers as hardened as the images allow, and removes them again: only those that it started.

import { setTimeout as sleep } from 'node:timers/promises';

/** On a machine that compiles beside the test. */
const START_MS = 60_000;
const RUN_MS = 120_000;
const POLL_MS = 150;

/** What everybody should give these images; nothing of it is needed by them to be weaker. */
const HARDENED = [
  '--read-only',
  '--read-only-tmpfs=false',
  ...['--tmpfs', '/tmp:rw,noexec,nosuid,nodev,size=16m'],
  ...['--cap-drop', 'ALL'],
  ...['--security-opt', 'no-new-privileges'],
  ...['--user', '65532:65532'],
  ...['--memory', '256m'],
  ...['--pids-limit', '64'],
];

/**
 * @typedef {object} Wanted
 * @property {string} image
 * @property {readonly string[]} [args] arguments of the program, instead of the image's own
 * @property {readonly string[]} [options] of `podman run`, after the hardened ones
 * @property {string} [network] `none`, or another container's
 */

export class Containers {
  #engine;
  #names = new Set();
  #volumes = new Set();

  /** @param {import('./engine.mjs').Engine} engine @param {string} prefix of names, unlike anybody else's */
  constructor(engine, prefix) {
    this.#engine = engine;
    this.prefix = prefix;
  }

  /** A named volume that begins as the image has the directory. @param {string} name */
  volume(name) {
    const full = `${this.prefix}-${name}`;
    this.#volumes.add(full);
    return full;
  }

  /**
   * Starts a container that stays.
   * @param {string} name
   * @param {Wanted} wanted
   * @returns {Container}
   */
  start(name, wanted) {
    const full = `${this.prefix}-${name}`;
    this.#names.add(full);
    this.#engine.out('podman', ['run', '--detach', '--name', full, ...runArguments(wanted)], {
      timeoutMs: START_MS,
    });
    return new Container(this.#engine, full);
  }

  /**
   * Runs a container to its end and removes it.
   * @param {Wanted & {input?: string}} wanted
   * @returns {import('./engine.mjs').Finished}
   */
  run({ input, ...wanted }) {
    const interactive = input === undefined ? [] : ['--interactive'];
    return this.#engine.ask('podman', ['run', '--rm', ...interactive, ...runArguments(wanted)], {
      input,
      timeoutMs: RUN_MS,
    });
  }

  /** Removes everything that was started here. */
  removeAll() {
    // Those that share another's network go before it.
    for (const name of [...this.#names].reverse())
      this.#engine.ask('podman', ['rm', '--force', '--time', '2', '--volumes', name]);
    for (const name of this.#volumes) this.#engine.ask('podman', ['volume', 'rm', '--force', name]);
    this.#names.clear();
    this.#volumes.clear();
  }
}

/**
 * Removes containers, volumes and networks by their names: what compose or a run that was killed has left.
 * @param {import('./engine.mjs').Engine} engine
 * @param {readonly string[]} prefixes of names that only we give
 */
export function removeLeftovers(engine, prefixes) {
  const left = (kind) =>
    engine
      .out('podman', [
        kind,
        'ls',
        ...(kind === 'container' ? ['--all'] : []),
        '--format',
        kind === 'container' ? '{{.Names}}' : '{{.Name}}',
      ])
      .split('\n')
      .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  for (const name of left('container').reverse())
    engine.ask('podman', ['rm', '--force', '--time', '2', '--volumes', name]);
  for (const name of left('volume')) engine.ask('podman', ['volume', 'rm', '--force', name]);
  for (const name of left('network')) engine.ask('podman', ['network', 'rm', '--force', name]);
}

function runArguments({ image, args = [], options = [], network = 'none' }) {
  return ['--pull=never', '--network', network, ...HARDENED, ...options, image, ...args];
}

export class Container {
  #engine;

  /** @param {import('./engine.mjs').Engine} engine @param {string} name */
  constructor(engine, name) {
    this.#engine = engine;
    this.name = name;
  }

  /** Runs a program inside. @param {...string} command */
  exec(...command) {
    return this.#engine.ask('podman', ['exec', this.name, ...command], { timeoutMs: RUN_MS });
  }

  /** Its standard output, an Error when it fails. @param {...string} command */
  out(...command) {
    return this.#engine.out('podman', ['exec', this.name, ...command], { timeoutMs: RUN_MS });
  }

  logs() {
    const { stdout, stderr } = this.#engine.ask('podman', ['logs', this.name]);
    return stdout + stderr;
  }

  /** @returns {{Status: string, ExitCode: number, Pid: number, OOMKilled: boolean}} */
  state() {
    const format = ['--format', '{{json .State}}'];
    const args = ['inspect', '--type', 'container', ...format, this.name];
    return JSON.parse(this.#engine.out('podman', args));
  }

  /** @param {string} signal */
  kill(signal) {
    this.#engine.out('podman', ['kill', '--signal', signal, this.name]);
  }

  startAgain() {
    this.#engine.out('podman', ['start', this.name], { timeoutMs: START_MS });
  }

  /** Waits until it has ended. @returns {Promise<number>} its exit code */
  async ended() {
    await until(`${this.name} to end`, () => this.state().Status === 'exited');
    return this.state().ExitCode;
  }

  /** Waits until a command inside ends well; an Error with the log when it has ended or time is up. @param {...string} command */
  async answers(...command) {
    try {
      await until(`${command.join(' ')} in ${this.name}`, () => {
        if (this.state().Status === 'exited') throw new Error(`${this.name} has ended`);
        return this.exec(...command).status === 0;
      });
    } catch (error) {
      throw new Error(`${error.message}\nits log:\n${this.logs()}`, { cause: error });
    }
  }

  /** The lines of its log that are JSON. */
  logLines() {
    return this.logs()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  }
}

/**
 * Asks until the answer is yes.
 * @param {string} what for people
 * @param {() => boolean} holds
 * @param {number} [deadlineMs]
 */
export async function until(what, holds, deadlineMs = START_MS) {
  const end = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs / 1000} s for ${what}`);
    await sleep(POLL_MS);
  }
}

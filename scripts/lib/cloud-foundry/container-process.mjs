// One process in the container: its lines, its memory, its end.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export class ContainerProcess {
  #child;
  /** @type {Set<() => void>} */
  #watchers = new Set();

  /** Lines of standard output and of standard error, and their text. */
  lines = [];
  errorLines = [];

  /** @param {import('node:child_process').ChildProcess} child nsenter, which waits for the process that it started */
  constructor(child) {
    this.#child = child;
    for (const [stream, lines] of [
      [child.stdout, this.lines],
      [child.stderr, this.errorLines],
    ]) {
      createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
        lines.push(line);
        for (const look of this.#watchers) look();
      });
    }
    /** @type {Promise<{code: number | null, signal: NodeJS.Signals | null}>} */
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.errorLines.push(error.message);
        resolve({ code: null, signal: null });
      });
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get out() {
    return this.lines.join('\n');
  }

  get error() {
    return this.errorLines.join('\n');
  }

  /** The lines of standard output as JSON; a line that is none is an error. */
  get records() {
    return this.lines.map((line) => JSON.parse(line));
  }

  /**
   * The process itself, by its id out here: nsenter's only child. The launcher, the shell and the program take each
   * other's place in it.
   */
  get pid() {
    const { pid } = this.#child;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    if (children.length !== 1 || children[0] === '') throw new Error('the process has ended');
    return Number(children[0]);
  }

  /** @param {NodeJS.Signals} signal */
  kill(signal) {
    process.kill(this.pid, signal);
  }

  /** @param {'VmRSS' | 'VmHWM'} what resident memory now, or the most there ever was @returns {number} MiB */
  memory(what) {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  }

  /**
   * Waits for a line of either output.
   * @param {RegExp} pattern
   * @param {number} [timeoutMs]
   * @returns {Promise<string>}
   */
  async line(pattern, timeoutMs = 30_000) {
    const find = () => [...this.lines, ...this.errorLines].find((line) => pattern.test(line));
    let look = () => {};
    const found = new Promise((resolve) => {
      look = () => {
        const line = find();
        if (line !== undefined) resolve(line);
      };
      this.#watchers.add(look);
      look();
    });
    const over = this.ended.then(() => {
      const line = find();
      if (line !== undefined) return line;
      throw new Error(`it ended before it said ${pattern}:\n${this.tail()}`);
    });
    try {
      return await this.within(timeoutMs, Promise.race([found, over]), `a line like ${pattern}`);
    } finally {
      this.#watchers.delete(look);
    }
  }

  /**
   * @template T
   * @param {number} timeoutMs
   * @param {Promise<T>} promise
   * @param {string} what
   * @returns {Promise<T>}
   */
  async within(timeoutMs, promise, what) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => {
        const seconds = timeoutMs / 1000;
        reject(new Error(`${what}: not within ${seconds} s; it said last:\n${this.tail()}`));
      }, timeoutMs);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  tail() {
    return [...this.lines.slice(-8), ...this.errorLines.slice(-8)].join('\n');
  }
}

// Tells a person what is going on: the name of a step, how long it has been running, how far it is, and on failure
// the end of its log and what to do. A step with nothing to do says nothing.

import { readFileSync, writeFileSync } from 'node:fs';
import { StepFailure } from './failure.mjs';
import { logFile } from './paths.mjs';
import { CommandError, run } from './run.mjs';

/** How often a step speaks when nobody watches a terminal. */
const PLAIN_INTERVAL_MS = 10_000;
/** A step that is over sooner needs no announcement. */
const QUIET_MS = 1_500;

export class Step {
  /** @param {string} name @param {string} id @param {import('node:tty').WriteStream} stream */
  constructor(name, id, stream) {
    this.name = name;
    this.id = id;
    this.stream = stream;
    this.startedAt = Date.now();
    this.worked = false;
    /** @type {number | undefined} */
    this.fraction = undefined;
    this.lastLine = '';
    /** @type {string | undefined} */
    this.log = undefined;
    /** @type {string | undefined} what came out, for the closing line */
    this.result = undefined;
    /** @type {string | undefined} what to do when the step fails and the failure itself does not say */
    this.advice = undefined;
  }

  /**
   * Says that there is something to do, and opens the step's log.
   * @param {string} [why]
   */
  begin(why) {
    if (this.worked) return;
    this.worked = true;
    this.log = logFile(this.id);
    writeFileSync(this.log, `${new Date().toISOString()} ${this.name}${why ? `: ${why}` : ''}\n`);
    this.lastLine = why ?? '';
  }

  /**
   * What the step is doing at the moment.
   * @param {string} text
   */
  say(text) {
    this.lastLine = text;
    if (this.log) writeFileSync(this.log, `# ${text}\n`, { flag: 'a' });
  }

  /** @param {number | undefined} fraction between 0 and 1 */
  progress(fraction) {
    this.fraction = fraction === undefined ? undefined : Math.min(1, Math.max(0, fraction));
  }

  /**
   * Runs a command into the step's log; its last line is what a person sees, unless `onLine` says otherwise.
   * @param {string} command
   * @param {string[]} args
   * @param {{cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void, mayOutliveUs?: boolean}} [options]
   */
  async run(command, args, options = {}) {
    this.begin();
    const onLine =
      options.onLine ??
      ((line) => {
        if (line.trim()) this.lastLine = line.trim();
      });
    return run(command, args, { ...options, log: this.log, onLine });
  }

  /** One line about the state, no longer than the terminal is wide. */
  status() {
    const seconds = Math.round((Date.now() - this.startedAt) / 1000);
    const done = this.fraction === undefined ? '' : ` ${Math.floor(this.fraction * 100)} %`;
    const line = `${this.name}: ${seconds} s${done}${this.lastLine ? `  ${this.lastLine}` : ''}`;
    return line.slice(0, Math.max(40, (this.stream.columns || 120) - 3));
  }
}

export class Steps {
  /** @param {import('node:tty').WriteStream} [stream] */
  constructor(stream = process.stderr) {
    this.stream = stream;
    this.worked = 0;
    this.startedAt = Date.now();
    /** @type {Set<Step>} those under way, in the order they began; the last one speaks */
    this.running = new Set();
    /** Whether a line that will be overwritten is on the screen. */
    this.drawn = false;
  }

  /**
   * Runs one step.
   * @template T
   * @param {string} id the log's name
   * @param {string} name what a person reads
   * @param {(step: Step) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async step(id, name, work) {
    const step = new Step(name, id, this.stream);
    this.running.add(step);
    const timer = setInterval(() => this.#tick(step), this.stream.isTTY ? 250 : PLAIN_INTERVAL_MS);
    const first = setTimeout(() => {
      if (!this.stream.isTTY) this.#tick(step);
    }, QUIET_MS);
    timer.unref();
    first.unref();
    try {
      const result = await work(step);
      this.#clear();
      if (step.worked) {
        this.worked += 1;
        const seconds = ((Date.now() - step.startedAt) / 1000).toFixed(1);
        this.stream.write(`✓ ${name}${step.result ? `: ${step.result}` : ''} (${seconds} s)\n`);
      }
      return result;
    } catch (error) {
      this.#clear();
      if (error && typeof error === 'object' && !('step' in error)) Object.assign(error, { step });
      throw error;
    } finally {
      clearInterval(timer);
      clearTimeout(first);
      this.running.delete(step);
    }
  }

  /**
   * A line that stays on the screen.
   * @param {string} text
   */
  line(text) {
    this.#clear();
    this.stream.write(`${text}\n`);
  }

  /**
   * A line nobody should miss.
   * @param {string} text
   */
  warn(text) {
    this.line(this.stream.isTTY ? `\x1b[1;33m! ${text}\x1b[0m` : `! ${text}`);
  }

  #tick(step) {
    if ([...this.running].at(-1) !== step) return;
    this.stream.write(this.stream.isTTY ? `\r\x1b[2K… ${step.status()}` : `… ${step.status()}\n`);
    this.drawn = this.stream.isTTY;
  }

  #clear() {
    if (this.drawn) this.stream.write('\r\x1b[2K');
    this.drawn = false;
  }
}

/**
 * Explains a failure: the end of the log, where all of it is, and what to do.
 * @param {unknown} error
 * @param {import('node:tty').WriteStream} [stream]
 */
export function explain(error, stream = process.stderr) {
  const failure = /** @type {any} */ (error);
  const step = /** @type {Step | undefined} */ (failure?.step);
  const expected = failure instanceof StepFailure || failure instanceof CommandError;
  stream.write(`\n✗ ${step ? `${step.name}: ` : ''}${failure?.message ?? error}\n`);
  const tail = step?.log ? lastLines(step.log, 25) : (failure?.tail ?? []);
  if (tail.length > 0) {
    stream.write(`\nThe last lines${step?.log ? ` of ${step.log}` : ''}:\n`);
    for (const line of tail) stream.write(`  | ${line.slice(0, 400)}\n`);
  }
  const advice = failure?.advice ?? step?.advice;
  if (advice) stream.write(`\n${advice}\n`);
  else if (!expected && failure?.stack) stream.write(`${failure.stack}\n`);
}

function lastLines(path, count) {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
}

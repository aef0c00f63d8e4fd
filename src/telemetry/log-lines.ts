import type { LineSink } from './log-writer.ts';

/**
 * Every line of the log in its JSON form: to the log, and to whoever taps it. Who that is turns out after the first lines
 * have been written, so these are kept until then.
 */
export class LogLines implements LineSink {
  readonly #log: LineSink;
  #tap: LineSink | undefined;
  #early: string[] | undefined = [];

  constructor(log: LineSink) {
    this.#log = log;
  }

  write(lines: string): void {
    this.#log.write(lines);
    this.#tap?.write(lines);
    this.#early?.push(lines);
  }

  /** Says once who else gets the lines, those that are kept included; undefined: nobody. */
  tapBy(tap: LineSink | undefined): void {
    for (const lines of this.#early ?? []) tap?.write(lines);
    this.#early = undefined;
    this.#tap = tap;
  }
}

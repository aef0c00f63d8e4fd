import { trialId } from '../trials/trial.ts';
import type { Run } from './schedule.ts';

/** Where progress goes: a terminal gets one line rewritten, anything else a line now and then. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const PLAIN_INTERVAL_MS = 10_000;

/** Says which trial runs, how many are done, and how long the rest should take. */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #total: number;
  readonly #now: () => number;
  readonly #startedAt: number;
  #done = 0;
  #spokeAt = Number.NEGATIVE_INFINITY;

  /** `now` in milliseconds. */
  constructor(options: {
    readonly stream: ProgressStream;
    readonly total: number;
    readonly now: () => number;
  }) {
    this.#stream = options.stream;
    this.#total = options.total;
    this.#now = options.now;
    this.#startedAt = options.now();
  }

  begin(run: Run): void {
    const now = this.#now();
    const where = `${trialId(run.trial)} on ${run.driver}, round ${run.round}`;
    const line = `${this.#done + 1} of ${this.#total}: ${where}${this.#left(now)}`;
    if (this.#stream.isTTY === true) {
      this.#stream.write(`\r\x1b[2K… ${line.slice(0, (this.#stream.columns ?? 80) - 3)}`);
    } else if (now - this.#spokeAt >= PLAIN_INTERVAL_MS) {
      this.#spokeAt = now;
      this.#stream.write(`… ${line}\n`);
    }
  }

  finish(): void {
    this.#done += 1;
  }

  /** Takes the rewritten line away. */
  end(): void {
    if (this.#stream.isTTY === true) this.#stream.write('\r\x1b[2K');
  }

  /** Nothing before the first figures: one run says little about the others. */
  #left(now: number): string {
    if (this.#done < 3) return '';
    const seconds = ((now - this.#startedAt) / 1000 / this.#done) * (this.#total - this.#done);
    return seconds < 90
      ? `, about ${Math.ceil(seconds)} s left`
      : `, about ${Math.round(seconds / 60)} min left`;
  }
}

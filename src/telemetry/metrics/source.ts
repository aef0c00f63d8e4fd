import type { Sample } from './metrics.ts';

/** A source of samples. It is not asked again while an answer of it is due: a slow one must not pile up. */
export class Source {
  complained = false;
  readonly #read: () => readonly Sample[] | Promise<readonly Sample[]>;
  #due = false;

  constructor(read: () => readonly Sample[] | Promise<readonly Sample[]>) {
    this.#read = read;
  }

  async read(tooLate: Promise<never>): Promise<readonly Sample[]> {
    if (this.#due) throw new Error('the last answer is still due');
    this.#due = true;
    const answer = (async () => this.#read())().finally(() => {
      this.#due = false;
    });
    return Promise.race([answer, tooLate]);
  }
}

/** A time after which nobody waits for sources any more. */
export class Deadline {
  readonly passed: Promise<never>;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number) {
    this.passed = new Promise((_, reject) => {
      this.#timer = setTimeout(() => {
        reject(new Error('no answer in time'));
      }, milliseconds).unref();
    });
    // Nobody may be waiting any more when it passes.
    this.passed.catch(() => undefined);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

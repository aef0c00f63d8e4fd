/** Where finished lines go. */
export interface LineSink {
  /** Takes one or more whole lines, each with its line end. Never throws, never waits. */
  write(lines: string): void;
}

/** The part of a writable stream that is used: `process.stdout`, or a test's own. */
export interface LogStream {
  write(text: string, done: (error?: Error | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface LogWriterOptions {
  readonly stream: LogStream;
  /** Characters that may wait for a slow reader; lines beyond it are dropped and counted. */
  readonly capacity?: number;
  /** Milliseconds from one write to the next, unless somebody flushes; default 5. A process that is killed loses so much. */
  readonly gatherMs?: number;
  /** Called with the number of dropped lines once the reader has caught up. */
  readonly onDropped?: (lines: number) => void;
}

const DEFAULT_CAPACITY = 4 * 1024 * 1024;
const DEFAULT_GATHER_MS = 5;

/**
 * Hands lines to a stream without ever holding up the caller. A line that comes alone is on its way when what is running
 * has run: the answer that it tells of goes first. Those that come within a moment of it, or while it is being written,
 * gather and leave together: a file takes every write on the spot, and thousands of lines a second must not cost a system
 * call each. A reader that is too slow costs lines, not memory or time; one that is gone (EPIPE) costs all of them, and the
 * process goes on: a log collector must not be able to stop the service it observes.
 */
export class LogWriter implements LineSink {
  readonly #stream: LogStream;
  readonly #capacity: number;
  readonly #gatherMs: number;
  readonly #onDropped: (lines: number) => void;
  /** Set while the next write has to wait; ends that. */
  #gathering: (() => void) | undefined;
  #waiting: string[] = [];
  #waitingLength = 0;
  /** Since the reader last caught up. */
  #dropped = 0;
  #lostLines = 0;
  #writing = false;
  #broken = false;
  #idle: (() => void)[] = [];

  constructor(options: LogWriterOptions) {
    this.#stream = options.stream;
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#gatherMs = options.gatherMs ?? DEFAULT_GATHER_MS;
    this.#onDropped = options.onDropped ?? (() => undefined);
    // The reason also arrives at the write it belongs to; without a listener it would end the process.
    this.#stream.on('error', () => {
      this.#giveUp();
    });
  }

  write(lines: string): void {
    if (this.#broken) {
      this.#lostLines += linesIn(lines);
      return;
    }
    if (this.#waitingLength + lines.length > this.#capacity) {
      this.#dropped += linesIn(lines);
      this.#lostLines += linesIn(lines);
      return;
    }
    this.#waiting.push(lines);
    this.#waitingLength += lines.length;
    // Whoever flushes waits for all of it.
    if (this.#idle.length > 0) this.#advance();
    else if (!this.#writing && this.#gathering === undefined) this.#gatherThisTurn();
  }

  /** Lines that were dropped since the start, because the reader was too slow or has gone. */
  get lostLines(): number {
    return this.#lostLines;
  }

  /**
   * Waits until every line has been handed to the operating system, at most `milliseconds`. Resolves with false when some
   * are left: they then keep the process alive as long as their reader lets them wait.
   */
  async flush(milliseconds: number): Promise<boolean> {
    if (!this.#writing && this.#waiting.length === 0) return true;
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => {
        resolve(false);
      }, milliseconds);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
      this.#gathered();
    });
  }

  #gatherThisTurn(): void {
    const immediate = setImmediate(() => {
      this.#gathered();
    });
    this.#gathering = () => {
      clearImmediate(immediate);
    };
  }

  #gatherOn(): void {
    const timer = setTimeout(() => {
      this.#gathered();
    }, this.#gatherMs);
    this.#gathering = () => {
      clearTimeout(timer);
    };
  }

  #gathered(): void {
    this.#gathering?.();
    this.#gathering = undefined;
    this.#advance();
  }

  /** Writes what waits, unless it has to wait on. */
  #advance(): void {
    if (this.#writing || this.#gathering !== undefined || this.#waiting.length === 0) return;
    this.#writeWaiting();
  }

  #writeWaiting(): void {
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingLength = 0;
    this.#writing = true;
    if (this.#idle.length === 0) this.#gatherOn();
    this.#stream.write(text, (error) => {
      if (error instanceof Error) this.#giveUp();
      else this.#writeDone();
    });
  }

  #writeDone(): void {
    this.#writing = false;
    if (this.#dropped > 0) {
      const lines = this.#dropped;
      this.#dropped = 0;
      this.#onDropped(lines);
    }
    // onDropped may have written a line and so begun the next write.
    if (this.#waiting.length > 0) this.#advance();
    else if (!this.#isWriting()) this.#nowIdle();
  }

  #isWriting(): boolean {
    return this.#writing;
  }

  #giveUp(): void {
    this.#broken = true;
    this.#writing = false;
    this.#gathering?.();
    for (const lines of this.#waiting) this.#lostLines += linesIn(lines);
    this.#waiting = [];
    this.#nowIdle();
  }

  #nowIdle(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

function linesIn(lines: string): number {
  return lines.split('\n').length - 1;
}

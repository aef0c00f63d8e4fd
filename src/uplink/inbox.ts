/** What comes first: restrictions, then grants and what goes with them, then outbox answers, then all other events. */
export type InboxClass = 'restriction' | 'grant' | 'outbox' | 'event';

export interface InboxOptions {
  /** How much may wait before the Core is to pause. */
  readonly maxItems: number;
  readonly maxBytes: number;
  /** More is waiting than should, or no longer. */
  readonly pressure: (full: boolean) => void;
  /** A piece of work is done. */
  readonly done: () => void;
  /** A piece of work has failed; nothing more is started. */
  readonly failed: (error: unknown) => void;
}

interface Item {
  readonly bytes: number;
  readonly work: () => Promise<void>;
}

const LATER_CLASSES = ['grant', 'outbox', 'event'] as const;
type LaterClass = (typeof LATER_CLASSES)[number];

/**
 * What has come and is not done yet, done in order of class. Restrictions are done one after the other and at once, even
 * beside something else that is under way; nothing else begins while one waits, or before the gate is opened. Of the other
 * classes one thing is done at a time.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #restrictions: Item[] = [];
  readonly #later: Record<LaterClass, Item[]> = { grant: [], outbox: [], event: [] };
  #restricting = false;
  #working: LaterClass | undefined;
  #open = false;
  #eventsHeld = true;
  #closed = false;
  #full = false;
  #items = 0;
  #bytes = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Takes what came; `bytes` is its size on the wire. */
  push(kind: InboxClass, bytes: number, work: () => Promise<void>): void {
    if (this.#closed) return;
    this.#items += 1;
    this.#bytes += bytes;
    if (kind === 'restriction') this.#restrictions.push({ bytes, work });
    else this.#later[kind].push({ bytes, work });
    this.#weigh();
    this.#advance();
  }

  /** Lets other classes than restrictions begin. */
  open(): void {
    this.#open = true;
    this.#advance();
  }

  /** Lets events begin, too: what they follow on a new link is done. */
  releaseEvents(): void {
    this.#eventsHeld = false;
    this.#advance();
  }

  /** True when nothing that comes before the outbox waits or is under way. */
  get outboxMayMove(): boolean {
    const granting = this.#working === 'grant' || this.#later.grant.length > 0;
    return this.#open && !this.#restricting && !granting;
  }

  /** Forgets what waits. What is under way goes on. */
  close(): void {
    this.#closed = true;
    this.#restrictions.length = 0;
    for (const kind of LATER_CLASSES) this.#later[kind].length = 0;
  }

  #advance(): void {
    if (!this.#restricting) {
      const restriction = this.#restrictions.shift();
      if (restriction !== undefined) {
        this.#restricting = true;
        this.#run(restriction, () => {
          this.#restricting = false;
        });
      }
    }
    if (this.#restricting || this.#working !== undefined || !this.#open) return;
    const kind = LATER_CLASSES.find((candidate) => this.#mayBegin(candidate));
    const item = kind === undefined ? undefined : this.#later[kind].shift();
    if (item === undefined) return;
    this.#working = kind;
    this.#run(item, () => {
      this.#working = undefined;
    });
  }

  #mayBegin(kind: LaterClass): boolean {
    // Held events may fill the room; answers behind them would then never be read, and nothing would release the events.
    if (kind === 'event' && this.#eventsHeld && !this.#full) return false;
    return this.#later[kind].length > 0;
  }

  #run(item: Item, done: () => void): void {
    item
      .work()
      .then(() => {
        done();
        this.#items -= 1;
        this.#bytes -= item.bytes;
        if (this.#closed) return;
        this.#weigh();
        this.#advance();
        this.#options.done();
      })
      .catch((error: unknown) => {
        this.close();
        this.#options.failed(error);
      });
  }

  #weigh(): void {
    const { maxItems, maxBytes, pressure } = this.#options;
    const full = this.#items >= maxItems || this.#bytes >= maxBytes;
    if (full === this.#full) return;
    this.#full = full;
    pressure(full);
  }
}

import type {
  OutboxAck,
  OutboxBatch,
  OutboxItem,
  OutboxOutcome,
} from '../generated/cryptobroker/gateway/v1/uplink.ts';
import { UPLINK_LIMITS } from '../uplink-wire/index.ts';
import { protocolError } from './failures.ts';
import type { OutboxProgress } from './outbox-progress.ts';

export interface OutboxPumpOptions {
  readonly progress: OutboxProgress;
  /** The oldest entries that are not settled. */
  readonly read: (limit: number) => Promise<readonly OutboxItem[]>;
  readonly send: (batch: OutboxBatch) => void;
  readonly settled: (outcomes: readonly OutboxOutcome[], acknowledged: number) => Promise<void>;
  /** True when nothing that comes before the outbox is pending. */
  readonly mayMove: () => boolean;
  /** What was in the outbox when the link was made is settled. */
  readonly caughtUp: () => void;
  readonly failed: (error: unknown) => void;
}

interface Flight {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Milliseconds from one batch to the next, unless it is full or somebody waits for it. A key that is made alone is on its
 * way at once; of thousands a second each must not cost the Core a message and both disks a flush.
 */
const GATHER_MS = 50;

/** Sends the outbox over one connection: in order, one batch at a time, each again until it is answered. */
export class OutboxPump {
  readonly #options: OutboxPumpOptions;
  #backlogHead: number | undefined;
  #started = false;
  #stopped = false;
  #inFlight: Flight | undefined;
  #reading = false;
  #wanted = false;
  #held: NodeJS.Timeout | undefined;
  #gathering: NodeJS.Timeout | undefined;

  constructor(options: OutboxPumpOptions) {
    this.#options = options;
  }

  /** Begins; `head` is the highest sequence there was when the link was made. */
  start(head: number): void {
    this.#started = true;
    this.#backlogHead = head;
    this.#lookAtBacklog();
    this.wake();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#held);
    clearTimeout(this.#gathering);
  }

  /** There may be something to send; or what was in the way is gone. Any number of calls cost one look. */
  wake(): void {
    this.#wanted = true;
    if (!this.#started || this.#stopped || this.#reading) return;
    if (this.#inFlight !== undefined || this.#held !== undefined) return;
    if (this.#gathering !== undefined || !this.#options.mayMove()) return;
    this.#wanted = false;
    this.#reading = true;
    this.#sendNext()
      .catch(this.#options.failed)
      .finally(() => {
        this.#reading = false;
        if (this.#wanted) this.wake();
      })
      .catch(this.#options.failed);
  }

  /** As `wake`, for somebody who waits: nothing more is gathered first. */
  hurry(): void {
    this.#gathered();
    this.wake();
  }

  /** What was in the way may be gone. */
  retry(): void {
    if (this.#wanted) this.wake();
  }

  /** Sends nothing for a while: the Core has refused the batch in flight, which is sent again after that. */
  holdFor(milliseconds: number): void {
    clearTimeout(this.#held);
    this.#inFlight = undefined;
    // Events need not wait for an outbox that does not move.
    this.#catchUp();
    this.#held = setTimeout(() => {
      this.#held = undefined;
      this.wake();
    }, milliseconds);
  }

  /** Takes the Core's answer; resolves when it is durable. Throws UPLINK_PROTOCOL when it does not fit the batch. */
  async answered(ack: OutboxAck): Promise<void> {
    const { progress, settled } = this.#options;
    // Again what was answered before.
    if (ack.acknowledged <= BigInt(progress.acknowledged)) return;
    this.#check(ack);
    const acknowledged = Number(ack.acknowledged);
    await settled(ack.outcomes, acknowledged);
    progress.advance(acknowledged);
    this.#inFlight = undefined;
    this.#lookAtBacklog();
    this.wake();
  }

  #check({ acknowledged, outcomes }: OutboxAck): void {
    const flight = this.#inFlight;
    if (flight === undefined || acknowledged > flight.last) {
      throw protocolError('the core acknowledged outbox entries that were not sent');
    }
    // In order and within `acknowledged`: that was checked when the frame was read.
    const count = Number(acknowledged - flight.first) + 1;
    if (outcomes.length !== count || outcomes[0]?.sequence !== flight.first) {
      throw protocolError('the core acknowledged outbox entries without an outcome for each');
    }
  }

  async #sendNext(): Promise<void> {
    const items = await this.#options.read(UPLINK_LIMITS.outboxEntries);
    if (this.#stopped) return;
    const batch = firstBatch(items);
    const [first] = batch;
    const last = batch.at(-1);
    if (first === undefined || last === undefined) {
      this.#catchUp();
      return;
    }
    this.#checkOrder(batch);
    this.#inFlight = { first: first.sequence, last: last.sequence };
    this.#options.send({ items: batch });
    if (batch.length < items.length || items.length === UPLINK_LIMITS.outboxEntries) return;
    this.#gathering = setTimeout(() => {
      this.#gathered();
      this.retry();
    }, GATHER_MS);
  }

  #gathered(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
  }

  /** Our own vault's fault, if ever; but the Core's record of what was made must not have holes. */
  #checkOrder(batch: readonly OutboxItem[]): void {
    let expected = BigInt(this.#options.progress.acknowledged) + 1n;
    for (const { sequence } of batch) {
      if (sequence !== expected) {
        throw new RangeError(`outbox entry ${sequence} where ${expected} should be`);
      }
      expected += 1n;
    }
  }

  #lookAtBacklog(): void {
    const head = this.#backlogHead;
    if (head !== undefined && this.#options.progress.acknowledged >= head) this.#catchUp();
  }

  #catchUp(): void {
    if (this.#backlogHead === undefined) return;
    this.#backlogHead = undefined;
    this.#options.caughtUp();
  }
}

/** As many of the items as one batch may hold; at least one. */
function firstBatch(items: readonly OutboxItem[]): OutboxItem[] {
  const batch: OutboxItem[] = [];
  let bytes = 0;
  for (const item of items.slice(0, UPLINK_LIMITS.outboxEntries)) {
    bytes += item.entry.byteLength;
    if (batch.length > 0 && bytes > UPLINK_LIMITS.outboxBytes) break;
    batch.push(item);
  }
  return batch;
}

import type { Connection, Statement } from '../../sqlite/index.ts';
import { LANES, type Lane } from '../../uplink-wire/index.ts';

/** Where one lane of a Gateway stands: numbered up to `head`, acknowledged up to `acknowledged`. */
export interface LaneRecord {
  readonly head: number;
  readonly acknowledged: number;
}

export interface EventRow {
  readonly sequence: number;
  /** Event, encoded. */
  readonly event: Uint8Array;
}

/** The event log of every Gateway: three lanes, each numbered from 1 without gaps. */
export class EventTable {
  readonly #lane: Statement<[string, number], LaneRecord>;
  readonly #open: Statement<[string, number]>;
  readonly #advance: Statement<[string, number], { readonly head: number }>;
  readonly #append: Statement<[string, number, number, Uint8Array]>;
  readonly #pending: Statement<[string, number, number, number], EventRow>;
  readonly #acknowledge: Statement<[number, string, number]>;
  readonly #forget: Statement<[string, number, number]>;
  readonly #reset: Statement<[number, number, string, number]>;

  constructor(connection: Connection) {
    const where = 'WHERE gateway_id = ? AND lane = ?';
    this.#lane = connection.prepare(`SELECT head, acknowledged FROM lanes ${where}`);
    this.#open = connection.prepare('INSERT INTO lanes VALUES (?, ?, 0, 0)');
    this.#advance = connection.prepare(`UPDATE lanes SET head = head + 1 ${where} RETURNING head`);
    this.#append = connection.prepare('INSERT INTO events VALUES (?, ?, ?, ?)');
    this.#pending = connection.prepare(
      `SELECT sequence, event FROM events ${where} AND sequence > ? ORDER BY sequence LIMIT ?`,
    );
    this.#acknowledge = connection.prepare(`UPDATE lanes SET acknowledged = ? ${where}`);
    this.#forget = connection.prepare(`DELETE FROM events ${where} AND sequence <= ?`);
    this.#reset = connection.prepare(`UPDATE lanes SET head = ?, acknowledged = ? ${where}`);
  }

  /** Opens the lanes of a new Gateway. */
  open(gatewayId: string): void {
    for (const lane of LANES) this.#open.run(gatewayId, lane);
  }

  lane(gatewayId: string, lane: Lane): LaneRecord {
    return this.#lane.get(gatewayId, lane) ?? { head: 0, acknowledged: 0 };
  }

  /** Appends what `encode` makes of the next sequence. */
  append(gatewayId: string, lane: Lane, encode: (sequence: number) => Uint8Array): void {
    const head = this.#advance.get(gatewayId, lane)?.head;
    if (head === undefined) throw new RangeError('a gateway without lanes');
    this.#append.run(gatewayId, lane, head, encode(head));
  }

  /** Events after `sequence`, in order, at most `limit`. */
  after(gatewayId: string, lane: Lane, sequence: number, limit: number): readonly EventRow[] {
    return this.#pending.all(gatewayId, lane, sequence, limit);
  }

  /** Everything up to `sequence` is applied. One that is not between the last one and the head is a no-op. */
  acknowledge(gatewayId: string, lane: Lane, sequence: number): void {
    const { head, acknowledged } = this.lane(gatewayId, lane);
    if (sequence <= acknowledged || sequence > head) return;
    this.#acknowledge.run(sequence, gatewayId, lane);
    this.#forget.run(gatewayId, lane, sequence);
  }

  /** Begins the lane anew after `sequence`; what was in it is gone. */
  restart(gatewayId: string, lane: Lane, sequence: number): void {
    this.#forget.run(gatewayId, lane, Number.MAX_SAFE_INTEGER);
    this.#reset.run(sequence, sequence, gatewayId, lane);
  }
}

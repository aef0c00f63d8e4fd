import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connection, Statement } from '../../../sqlite/index.ts';
import type { KeyTuple } from '../key-columns.ts';

/**
 * Candidates looked at in one step, times the look-ups for each of them: 1 to 3 ms, for which nobody else's request is
 * served.
 */
export const SLICE = 1024;

/** Before every id. */
export const FIRST_ID: Uint8Array = Buffer.alloc(0);
/** After every id: one byte longer than the highest. */
const LAST_ID: Uint8Array = Buffer.alloc(17, 0xff);

export interface Page {
  readonly rows: readonly KeyTuple[];
  /** There may be more. */
  readonly more: boolean;
  /** Where they are: after this id. */
  readonly next: Uint8Array | undefined;
}

/** A page of a search, and how far it may go for it. */
interface PageQuery {
  readonly after?: Uint8Array | undefined;
  readonly limit: number;
  /** Slices that are looked at; default: to the end. */
  readonly slices?: number;
}

/** A search through ids in order, of which the conditions may refuse most. */
export interface SlicedQuery {
  /** The id of the last candidate of the slice that begins after the given id. Undefined when there is less than a slice. */
  boundary(after: Uint8Array): Uint8Array | undefined;
  /** At most `limit` rows whose ids are above `after` and not above `upTo`. */
  rows(after: Uint8Array, upTo: Uint8Array, limit: number): readonly KeyTuple[];
}

/**
 * Up to `limit` rows in the order of their ids. A search that finds little among a great many candidates takes turns with
 * the rest of the event loop: the time of one step is bounded, whatever was asked. After `slices` of them the page ends as
 * it is.
 */
export async function readPage(
  query: SlicedQuery,
  { after = FIRST_ID, limit, slices = Infinity }: PageQuery,
): Promise<Page> {
  const rows: KeyTuple[] = [];
  let from = after;
  for (let slice = 1; ; slice += 1) {
    const upTo = query.boundary(from);
    rows.push(...query.rows(from, upTo ?? LAST_ID, limit + 1 - rows.length));
    if (rows.length > limit)
      return { rows: rows.slice(0, limit), more: true, next: idOf(rows, limit) };
    if (upTo === undefined) return { rows, more: false, next: undefined };
    if (slice >= slices) return { rows, more: true, next: upTo };
    from = upTo;
    await nextTurn();
  }
}

/** The inner id of the last of so many rows. */
function idOf(rows: readonly KeyTuple[], count: number): Uint8Array | undefined {
  return rows[count - 1]?.[0];
}

/** Prepares each text once and keeps it. */
export class Statements {
  readonly #connection: Connection;
  readonly #prepared = new Map<string, Statement<unknown[]>>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Rows as tuples. The texts that are asked for must be few: they are kept for good. */
  tuples(sql: string): Statement<unknown[], KeyTuple> {
    return this.#get(sql, (statement) => statement.raw()) as Statement<unknown[], KeyTuple>;
  }

  /** The first column alone. */
  pluck<Value>(sql: string): Statement<unknown[], Value> {
    return this.#get(sql, (statement) => statement.pluck()) as Statement<unknown[], Value>;
  }

  /** Rows as objects. */
  objects<Row>(sql: string): Statement<unknown[], Row> {
    return this.#get(sql, (statement) => statement) as Statement<unknown[], Row>;
  }

  #get(
    sql: string,
    set: (statement: Statement<unknown[]>) => Statement<unknown[]>,
  ): Statement<unknown[]> {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = set(this.#connection.prepare(sql));
    this.#prepared.set(sql, statement);
    return statement;
  }
}

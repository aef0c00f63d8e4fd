import { BrokerError, type ErrorCode } from '../../../errors/index.ts';
import {
  BUSY_TIMEOUT_MS,
  databaseFailure,
  type Connection,
  type Statement,
} from '../../../sqlite/index.ts';
import { Applier } from './apply.ts';
import { readHeads, type Heads } from './heads.ts';
import type { WriteRequest } from './request.ts';

export interface WriterOptions {
  /** Opens the database anew, after a failure that leaves a connection in doubt. */
  readonly connect: () => Connection;
  /** Most outbox entries that may wait for an acknowledgement. */
  readonly outboxLimit: number;
  /** Bytes that must stay free on the file system: below, no new key is taken, and everything else goes on. */
  readonly minimumFreeBytes: number;
  /** Bytes free on the file system; undefined when it does not say. */
  readonly freeBytes: () => number | undefined;
}

/** How one request of a group has ended: undefined when it is on the disk. */
export type Outcome = BrokerError | undefined;

/** Failures to open that say the same while the vault is in use. */
const PASSED_ON: readonly ErrorCode[] = ['VAULT_DISK_FULL', 'VAULT_DAMAGED', 'VAULT_UNAVAILABLE'];

/** How long a checkpoint that shreds waits for readers, blocking the writer; it is tried again. */
const SHRED_WAIT_MS = 10;

/**
 * Writes groups of requests, each group with one flush to the disk. Knows no threads: `run` returns when everything is
 * durable or failed.
 *
 * After SQLITE_FULL the transaction is rolled back and the connection goes on. After an input/output error it is closed
 * and opened again before the next group: what the failed flush left in the page cache is nobody's knowledge (Rebello et
 * al., Can Applications Recover from fsync Failures?, USENIX ATC 2020), so the first thing the new connection does is to
 * write over the log's tail, where the failed group may stand complete.
 */
export class Writer {
  readonly #options: WriterOptions;
  #session: Session | undefined;
  #keys = 0;
  /** Why the last group failed, and why the last checkpoint did. */
  #commitTrouble: BrokerError | undefined;
  #checkpointTrouble: BrokerError | undefined;
  /** Set while too little space is free for new keys. */
  #shortage: BrokerError | undefined;
  #shredPending = false;
  /** The log holds something that is not in the database. */
  #unmoved = false;

  /** Takes an open connection, which it closes. */
  constructor(connection: Connection, options: WriterOptions) {
    this.#options = options;
    this.#session = this.#begin(connection);
  }

  /** Rows of keys as of the last commit. */
  get keys(): number {
    return this.#keys;
  }

  /** Why writing fails at present. */
  get trouble(): BrokerError | undefined {
    return this.#commitTrouble ?? this.#checkpointTrouble ?? this.#shortage;
  }

  get shredPending(): boolean {
    return this.#shredPending;
  }

  /** There is something to do while nobody asks: see `tend`. */
  get needsTending(): boolean {
    return this.trouble !== undefined || this.#shredPending || this.#unmoved;
  }

  /** Writes the requests in order with one commit; one that fails by its own fault leaves the others alone. */
  run(group: readonly WriteRequest[]): readonly Outcome[] {
    const outcomes = new Array<Outcome>(group.length).fill(undefined);
    try {
      this.#runGroup(group, outcomes);
      this.#commitTrouble = undefined;
    } catch (error) {
      const failure = asFailure(error);
      this.#commitTrouble = failure;
      this.#letGo(failure.code);
      group.forEach((_, i) => (outcomes[i] ??= failure));
    }
    return outcomes;
  }

  /** Overwrites what was deleted: moves the log into the database and cuts it off. False while a reader is in the way. */
  shred(): boolean {
    const done = this.#checkpoint('TRUNCATE');
    this.#shredPending = !done;
    if (done) this.#unmoved = false;
    return done;
  }

  /** Moves what is in the log into the database as far as no reader needs it. */
  checkpoint(): void {
    if (this.#checkpoint('PASSIVE')) this.#unmoved = false;
  }

  /** Pages in the log that are not in the database yet; 0 when it cannot be read. */
  get logPages(): number {
    if (this.#session === undefined) return 0;
    try {
      const { log, checkpointed } = checkpoint(this.#session.connection, 'NOOP');
      return Math.max(0, log - checkpointed);
    } catch (error) {
      this.#letGo(asFailure(error).code);
      return 0;
    }
  }

  /** For quiet times: looks whether a trouble has passed, shreds what waits, and moves the log. */
  tend(): void {
    this.#lookForRoom();
    if (this.#commitTrouble !== undefined || this.#session === undefined) this.run([]);
    if (this.#shredPending) this.shred();
    else if (this.#unmoved) this.checkpoint();
  }

  /** Cuts the log off and closes the connection. */
  close(): void {
    this.shred();
    this.#session?.connection.close();
    this.#session = undefined;
  }

  /**
   * Hardly a request fails, and savepoints, which would keep the others from failing with it, cost an eighth of the time:
   * so a group is written without them first, and again with them when one has failed.
   */
  #runGroup(group: readonly WriteRequest[], outcomes: Outcome[]): void {
    const session = (this.#session ??= this.#reopen());
    this.#lookForRoom();
    const heads = this.#writeAll(session, group) ?? this.#writeEach(session, group, outcomes);
    if (this.#commitTrouble !== undefined) session.control.rewrite.run();
    session.control.commit.run();
    this.#session = { ...session, heads };
    this.#keys = heads.keys;
    this.#unmoved = true;
  }

  /** Writes the group into a new transaction; undefined, and no transaction, when a request fails by its own fault. */
  #writeAll(
    { control, applier, heads }: Session,
    group: readonly WriteRequest[],
  ): Heads | undefined {
    control.begin.run();
    try {
      return group.reduce((before, request) => this.#write(applier, request, before), heads);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      control.rollback.run();
      return undefined;
    }
  }

  /** Writes the requests of the group that can be written into a new transaction, and notes why others cannot. */
  #writeEach(
    { control, applier, heads }: Session,
    group: readonly WriteRequest[],
    outcomes: Outcome[],
  ): Heads {
    control.begin.run();
    return group.reduce((before, request, i) => {
      control.mark.run();
      try {
        const after = this.#write(applier, request, before);
        control.release.run();
        return after;
      } catch (error) {
        if (!(error instanceof BrokerError)) throw error;
        control.takeBack.run();
        control.release.run();
        outcomes[i] = error;
        return before;
      }
    }, heads);
  }

  #write(applier: Applier, request: WriteRequest, heads: Heads): Heads {
    if (this.#shortage !== undefined && (request.insert ?? []).length > 0) throw this.#shortage;
    return applier.apply(request, heads);
  }

  #begin(connection: Connection): Session {
    const heads = readHeads(connection);
    this.#keys = heads.keys;
    return {
      connection,
      control: prepareControl(connection),
      applier: new Applier(connection, this.#options),
      heads,
    };
  }

  /** Why an open vault's file cannot be opened again is a trouble that may pass, whatever it would be at the start. */
  #reopen(): Session {
    let connection: Connection | undefined;
    try {
      connection = this.#options.connect();
      return this.#begin(connection);
    } catch (error) {
      connection?.close();
      if (!(error instanceof BrokerError) || PASSED_ON.includes(error.code)) throw error;
      const text = 'the database cannot be opened again';
      throw new BrokerError('VAULT_UNAVAILABLE', text, { field: 'vault', cause: error });
    }
  }

  /** Leaves the database as it was before the group; after anything but a full disk, with a new connection. */
  #letGo(code: ErrorCode): void {
    const connection = this.#session?.connection;
    if (connection === undefined) return;
    try {
      if (connection.inTransaction) connection.exec('ROLLBACK');
      if (code === 'VAULT_DISK_FULL') return;
    } catch {
      // A connection that cannot even roll back is given up below, which undoes the transaction as well.
    }
    this.#session = undefined;
    connection.close();
  }

  #lookForRoom(): void {
    const free = this.#options.freeBytes();
    this.#shortage =
      free === undefined || free >= this.#options.minimumFreeBytes
        ? undefined
        : new BrokerError('VAULT_DISK_FULL', 'too little space is left for new keys');
  }

  /** True when the whole log was moved. A failure here loses nothing: the log still has it. */
  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): boolean {
    const connection = this.#session?.connection;
    if (connection === undefined) return false;
    try {
      connection.pragma(`busy_timeout = ${SHRED_WAIT_MS}`);
      const state = checkpoint(connection, mode);
      connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
      this.#checkpointTrouble = undefined;
      return state.busy === 0 && state.log === state.checkpointed;
    } catch (error) {
      this.#checkpointTrouble = asFailure(error);
      this.#letGo(this.#checkpointTrouble.code);
      return false;
    }
  }
}

interface Session {
  readonly connection: Connection;
  readonly control: Control;
  readonly applier: Applier;
  readonly heads: Heads;
}

/** The statements around those that write rows. */
interface Control {
  readonly begin: Statement<[]>;
  readonly commit: Statement<[]>;
  readonly rollback: Statement<[]>;
  readonly mark: Statement<[]>;
  readonly takeBack: Statement<[]>;
  readonly release: Statement<[]>;
  /** Changes nothing, but is written to the log like any change. */
  readonly rewrite: Statement<[]>;
}

function prepareControl(connection: Connection): Control {
  return {
    begin: connection.prepare('BEGIN IMMEDIATE'),
    commit: connection.prepare('COMMIT'),
    rollback: connection.prepare('ROLLBACK'),
    mark: connection.prepare('SAVEPOINT request'),
    takeBack: connection.prepare('ROLLBACK TO request'),
    release: connection.prepare('RELEASE request'),
    rewrite: connection.prepare('UPDATE vault SET generation = generation'),
  };
}

/** What `PRAGMA wal_checkpoint` answers: pages in the log, and how many of them are in the database. */
interface LogState {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

function checkpoint(connection: Connection, mode: 'PASSIVE' | 'TRUNCATE' | 'NOOP'): LogState {
  const [state] = connection.pragma(`wal_checkpoint(${mode})`) as LogState[];
  return state ?? { busy: 1, log: 0, checkpointed: 0 };
}

/** A failure of the database; what is none is a mistake of ours and goes on up. */
function asFailure(error: unknown): BrokerError {
  const failure = databaseFailure(error, 'vault');
  if (failure instanceof BrokerError) return failure;
  throw failure;
}

import type { Connection, Statement } from '../../sqlite/index.ts';

/** What was answered to a delegated message. */
export interface AnswerRecord {
  /** SHA-256 of the KMIP message. */
  readonly requestSha256: Uint8Array;
  /** TunnelResponse, encoded. */
  readonly response: Uint8Array;
}

interface Row {
  readonly request_sha256: Buffer;
  readonly response: Buffer;
}

/** Answers by Gateway and request id, for as long as they may be asked for again. */
export class AnswerTable {
  readonly #get: Statement<[string, string, number], Row>;
  readonly #put: Statement<[string, string, Uint8Array, Uint8Array, number]>;
  readonly #expire: Statement<[number]>;

  constructor(connection: Connection) {
    this.#get = connection.prepare(
      `SELECT request_sha256, response FROM answers
       WHERE gateway_id = ? AND request_id = ? AND at >= ?`,
    );
    this.#put = connection.prepare('INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)');
    this.#expire = connection.prepare('DELETE FROM answers WHERE at < ?');
  }

  /** One that was given at `since` or later, milliseconds since 1970. */
  get(gatewayId: string, requestId: string, since: number): AnswerRecord | undefined {
    const row = this.#get.get(gatewayId, requestId, since);
    return row && { requestSha256: row.request_sha256, response: row.response };
  }

  put(gatewayId: string, requestId: string, answer: AnswerRecord, now: number): void {
    this.#put.run(gatewayId, requestId, answer.requestSha256, answer.response, now);
  }

  /** Forgets what was given before `since`. */
  expire(since: number): void {
    this.#expire.run(since);
  }
}

import type { AttributeSet } from '../kmip/attributes/attribute-set.ts';
import type { CheckedUse, CheckResponse } from '../kmip/payloads/check.ts';
import type { CreateResponse } from '../kmip/payloads/create.ts';
import type { LocateResponse } from '../kmip/payloads/locate.ts';
import type { QueryResponse } from '../kmip/payloads/query.ts';
import type { KmipVersion } from '../kmip/version.ts';
import type { KmipConnection } from './connection.ts';
import { readBatch, writeBatch, type Batch, type Outcomes } from './exchange.ts';
import type { Operation } from './operation.ts';
import * as operations from './operations.ts';

export interface RequestOptions {
  /** What the server does after an item that fails; default: stop. */
  readonly errorContinuation?: 'stop' | 'continue' | undefined;
  /** Milliseconds; default: those of the client. */
  readonly timeoutMs?: number | undefined;
}

/**
 * One connection to a KMIP server. Calls may be made side by side; they go out one after the other. Failures are
 * BrokerErrors: KMIP_FAILED (`KmipOperationError`) leaves the client usable, every other one ends the connection, and
 * then it is not known whether the operation that was under way was carried out.
 */
export interface KmipClient {
  /** The protocol version of every request. */
  readonly version: KmipVersion;
  /** Sends operations in one message, and says what became of each. */
  request<const Operations extends readonly Operation<unknown>[]>(
    operations: Operations,
    options?: RequestOptions,
  ): Promise<Outcomes<Operations>>;
  /** Has the server make a symmetric key. */
  create(key: operations.NewKey): Promise<CreateResponse>;
  /** Returns an object; the caller wipes its material. */
  get(uid: string, keyFormatType?: number): Promise<operations.KeyObject>;
  /** Makes a key and returns it, in one message by the ID Placeholder; the caller wipes its material. */
  createAndGet(key: operations.NewKey): Promise<operations.KeyObject>;
  locate(search?: operations.Search): Promise<LocateResponse>;
  /** The attributes with these names that the object has; all without names. */
  getAttributes(uid: string, names?: readonly string[]): Promise<AttributeSet>;
  getAttributeList(uid: string): Promise<readonly string[]>;
  /** Has the server keep a secret; its Unique Identifier. */
  register(secret: operations.NewSecret): Promise<string>;
  activate(uid: string): Promise<void>;
  revoke(uid: string, revocation: operations.Revocation): Promise<void>;
  destroy(uid: string): Promise<void>;
  query(functions: readonly number[]): Promise<QueryResponse>;
  check(uid: string, use: CheckedUse): Promise<CheckResponse>;
  /** Without versions: all of the server's that are known here. */
  discoverVersions(versions?: readonly KmipVersion[]): Promise<readonly KmipVersion[]>;
  /** Ends the connection after the calls that were made. */
  close(): Promise<void>;
}

export interface ClientParts {
  readonly connection: KmipConnection;
  readonly version: KmipVersion;
  readonly timeoutMs: number;
  readonly maxResponse: number;
  readonly correlationId?: string | undefined;
}

export function createClient({
  connection,
  version,
  timeoutMs: defaultTimeoutMs,
  maxResponse,
  correlationId,
}: ClientParts): KmipClient {
  async function request<const Operations extends readonly Operation<unknown>[]>(
    items: Operations,
    { errorContinuation = 'stop', timeoutMs = defaultTimeoutMs }: RequestOptions = {},
  ): Promise<Outcomes<Operations>> {
    const batch: Batch<Operations> = {
      version,
      operations: items,
      errorContinuation,
      maximumResponseSize: maxResponse,
      correlationId,
    };
    const response = await connection.exchange(writeBatch(batch), timeoutMs);
    try {
      return readBatch(response, batch);
    } finally {
      response.fill(0);
    }
  }

  async function run<Result>(operation: Operation<Result>): Promise<Result> {
    const [outcome] = await request([operation]);
    if (!outcome.ok) throw outcome.error;
    return outcome.result;
  }

  return {
    version,
    request,
    create: (key) => run(operations.create(key)),
    get: (uid, keyFormatType) => run(operations.get(uid, keyFormatType)),
    async createAndGet(key) {
      const [created, got] = await request([operations.create(key), operations.get(undefined)]);
      if (!created.ok) throw created.error;
      if (!got.ok) throw got.error;
      return got.result;
    },
    locate: (search = {}) => run(operations.locate(search)),
    getAttributes: (uid, names) => run(operations.getAttributes(uid, names)),
    getAttributeList: (uid) => run(operations.getAttributeList(uid)),
    register: (secret) => run(operations.register(secret)),
    async activate(uid) {
      await run(operations.activate(uid));
    },
    async revoke(uid, revocation) {
      await run(operations.revoke(uid, revocation));
    },
    async destroy(uid) {
      await run(operations.destroy(uid));
    },
    query: (functions) => run(operations.query(functions)),
    check: (uid, use) => run(operations.check(uid, use)),
    discoverVersions: (versions) => run(operations.discoverVersions(versions)),
    close: () => connection.close(),
  };
}

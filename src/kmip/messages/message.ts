import type { KmipVersion } from '../version.ts';

/** Batch Error Continuation Option (KMIP 1.4 §6.13). */
export type ErrorContinuation = 'stop' | 'continue' | 'undo';

/** A Request Header (KMIP 1.4 §7.2), as far as anything depends on it. */
export interface RequestHeader {
  readonly version: KmipVersion;
  /** Bytes. */
  readonly maximumResponseSize?: number;
  readonly clientCorrelationValue?: string;
  readonly serverCorrelationValue?: string;
  /** 1.x: true is `optional` (a synchronous answer is allowed); 2.x as named. */
  readonly asynchronous?: 'mandatory' | 'optional' | 'prohibited';
  /** A credential was sent. It is parsed, bounded, and never replaces the certificate. */
  readonly hasAuthentication: boolean;
  readonly errorContinuation: ErrorContinuation;
  /** Seconds since 1970. */
  readonly timeStamp?: bigint;
  readonly batchCount: number;
}

/** A Batch Item of a request. Its payload is not decoded yet: what is wrong in it fails this item alone. */
export interface RequestItem {
  /** Operation enumeration; may be one we do not know. */
  readonly operation: number;
  /** Unique Batch Item ID, to be echoed byte for byte. */
  readonly itemId?: Uint8Array;
  /** The whole Request Payload item, tag and length included; a view into the message. */
  readonly payload: Uint8Array;
  /**
   * The item says something that must be understood and is not: a Message Extension marked critical, or in 2.x that its
   * results are Ephemeral. It is answered with Feature Not Supported.
   */
  readonly criticalExtension: boolean;
}

export interface RequestMessage {
  readonly header: RequestHeader;
  readonly items: readonly RequestItem[];
}

/** A Response Header (KMIP 1.4 §7.2). */
export interface ResponseHeader {
  readonly version: KmipVersion;
  /** Seconds since 1970. */
  readonly timeStamp: bigint;
  readonly clientCorrelationValue?: string;
  readonly serverCorrelationValue?: string;
  readonly batchCount: number;
}

/** A Batch Item of a response as a client reads it. */
export interface ResponseItem {
  /** Absent in a failure of the whole message. */
  readonly operation?: number;
  readonly itemId?: Uint8Array;
  /** Result Status enumeration: 0 Success, 1 Operation Failed, 2 Operation Pending, 3 Operation Undone. */
  readonly status: number;
  readonly reason?: number;
  readonly message?: string;
  /** The whole Response Payload item; a view into the message. */
  readonly payload?: Uint8Array;
}

export interface ResponseMessage {
  readonly header: ResponseHeader;
  readonly items: readonly ResponseItem[];
}

import type { NativeHandle } from './addon.ts';

/**
 * The addon's exports for a client's end of an HTTP/2 connection (native/binding/client_session_binding.cc): bytes in,
 * bytes out, no sockets. `state` is what becomes of the session, written by every function: a view of CLIENT_STATE.length
 * numbers of 32 bits. None of them needs the core to be initialized.
 */
export interface NativeClientExports {
  clientSessionCreate(): NativeHandle;
  /**
   * Begins a call and returns its number; 0: it could not be begun. The request is copied. `timeout`: whole milliseconds
   * until the caller stops waiting, from 0 to 2^31 - 1.
   */
  clientSessionStart(
    session: NativeHandle,
    path: string,
    request: Uint8Array,
    timeout: number,
    state: Uint8Array,
  ): number;
  /** Gives a call up; it has no outcome. */
  clientSessionCancel(session: NativeHandle, id: number, state: Uint8Array): void;
  /**
   * Takes in what the server sent, and puts outcomes of calls into `results`, of which it returns the number. An outcome
   * is four numbers of 32 bits: the call's, its kind (CLIENT_OUTCOMES), a detail, and the length of the payload that
   * follows; the next one begins at a multiple of four. When the only outcome does not fit, its payload is left out and
   * waits for clientSessionTakePayload().
   */
  clientSessionReceive(
    session: NativeHandle,
    bytes: Uint8Array,
    results: Uint8Array,
    state: Uint8Array,
  ): number;
  /** More outcomes, as long as the state says that there are some. */
  clientSessionTake(session: NativeHandle, results: Uint8Array, state: Uint8Array): number;
  /** Fills `payload`, which has the announced length. */
  clientSessionTakePayload(session: NativeHandle, payload: Uint8Array, state: Uint8Array): void;
  /** Puts what is to be sent next into the buffer, of 32 KiB at least, and returns how much it is. */
  clientSessionWrite(session: NativeHandle, into: Uint8Array, state: Uint8Array): number;
  /** Begins no further calls. */
  clientSessionRetire(session: NativeHandle, state: Uint8Array): void;
  /** The connection is gone: every call has its outcome now. */
  clientSessionLost(session: NativeHandle, state: Uint8Array): void;
}

/** What the numbers of a state say. */
export const CLIENT_STATE = ['phase', 'running', 'mayStart', 'hasOutput', 'outcomes'] as const;

/** Phases by their number. */
export const CLIENT_PHASES = ['greeting', 'open', 'retiring', 'failed'] as const;

/** How a call ended, by its number. */
export const CLIENT_OUTCOMES = [
  /** Well; the payload is the message. */
  'answered',
  /** The payload has the header fields that say how (native/http2/client_answer.h). */
  'headers',
  'tooLarge',
  'compressed',
  'tooMany',
  'malformed',
  /** The detail is the code of RST_STREAM. */
  'reset',
  /** Detail 1: bytes of it have left. */
  'unprocessed',
  'broken',
] as const;
export type ClientOutcome = (typeof CLIENT_OUTCOMES)[number];

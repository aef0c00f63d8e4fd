/** Largest request a method accepts, in bytes; a larger one is MESSAGE_TOO_LARGE (INVALID_ARGUMENT). */
export const MAX_REQUEST_BYTES = 2 * 1024 * 1024;

/**
 * Largest message a transport reads at all. Beyond it the length prefix alone ends the call with RESOURCE_EXHAUSTED,
 * because such a message must not be taken into memory to be refused properly.
 */
export const HARD_MESSAGE_BYTES = 4 * 1024 * 1024;

/**
 * Request bytes that unfinished requests of all connections may hold together. A stream that would exceed it is reset:
 * without a bound, one client could keep thousands of requests open, each almost complete.
 */
export const MAX_PENDING_BYTES = 256 * 1024 * 1024;

/**
 * Calls of other kinds than unary that all connections together may have open; a further one is QUEUE_FULL. Health/Watch
 * and reflection last for as long as their callers like, so nothing else would bound their number.
 */
export const MAX_STREAMS = 4096;

/** Size of a request's header list (RFC 9113 §6.5.2), in bytes. A stream with a larger one is reset. */
export const MAX_HEADER_BYTES = 16 * 1024;

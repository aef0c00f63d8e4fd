/** Failures that belong to no call, or to what is behind all handlers, in the words of the log. */
export const FAULTS = {
  acceptFailed: 'cannot accept a connection',
  connectionFailed: 'a connection failed inside the server',
  callFailed: 'a call failed behind its handler',
} as const;

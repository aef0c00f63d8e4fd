import { fstatSync } from 'node:fs';
import { BrokerError } from '../../errors/index.ts';

/** Throws SOCKET_INHERITED_UNUSABLE when a descriptor is not open, or no socket at all. */
export function checkInherited(descriptor: number): void {
  let isSocket: boolean;
  try {
    isSocket = fstatSync(descriptor).isSocket();
  } catch (cause) {
    throw inheritedUnusable(cause);
  }
  if (!isSocket) throw inheritedUnusable();
}

/** SOCKET_INHERITED_UNUSABLE, for whoever finds out more. */
export function inheritedUnusable(cause?: unknown): BrokerError {
  return new BrokerError(
    'SOCKET_INHERITED_UNUSABLE',
    'an inherited descriptor is not a listening Unix stream socket',
    { cause },
  );
}

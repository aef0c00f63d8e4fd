import type { Programs } from '../programs/programs.ts';
import { startServer } from './start-server.ts';
import type { MaybeSubject } from './subject.ts';

/** Bytes of the answer to the hash of the profile Default. */
export const FLOOR_ANSWER_BYTES = 212;

/** Bytes of the request it waits for: that hash of 100 bytes. */
export const FLOOR_REQUEST_BYTES = 151;

/** A socket that answers bytes with bytes: what is left of a server when it does nothing. */
export async function startFloor(
  directory: string,
  { echoServer }: Pick<Programs, 'echoServer'>,
): Promise<MaybeSubject> {
  if ('missing' in echoServer) return echoServer;
  return startServer('floor', directory, (socket) => [
    ...([echoServer.path, socket, String(FLOOR_REQUEST_BYTES)] as const),
    String(FLOOR_ANSWER_BYTES),
  ]);
}

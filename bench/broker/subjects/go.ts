import { startServer } from './start-server.ts';
import type { MaybeSubject } from './subject.ts';
import type { Programs } from '../programs/programs.ts';

export type GoName = 'go' | 'go-quiet' | 'go-fips';

/** A Go server of ours that does the same with Go's own crypto (bench/peers/go/server). */
export async function startGo(
  name: GoName,
  directory: string,
  { goServer }: Pick<Programs, 'goServer'>,
): Promise<MaybeSubject> {
  if ('missing' in goServer) return goServer;
  return startServer(name, directory, (socket) => [
    // In FIPS mode Go checks every key it reads by a signature, as its validated module demands.
    ...(['env', `GODEBUG=fips140=${name === 'go-fips' ? 'on' : 'off'}`, goServer.path] as const),
    ...['-socket', socket, '-log', name === 'go-quiet' ? 'off' : 'requests'],
  ]);
}

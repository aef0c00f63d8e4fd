import { BrokerError } from '../../errors/index.ts';
import { toCallError } from '../../client/call-error.ts';
import { grpcJsTransport } from '../../client/grpc-js-transport.ts';
import type { UnaryWireMethod } from '../../uplink-wire/index.ts';

/** Milliseconds that a call of administration may take; a backup of a large store is the slowest. */
const DEADLINE_MS = 120_000;

/** Calls one method of a server on a Unix socket. Throws BrokerError with the code the server gave. */
export async function callLocal<Request, Response>(
  socket: string,
  method: UnaryWireMethod<Request, Response>,
  request: Request,
): Promise<Response> {
  const transport = grpcJsTransport(socket);
  try {
    const answer = await transport.unary(method.path, method.request.encode(request), {
      deadline: Date.now() + DEADLINE_MS,
      waitForServer: false,
      signal: undefined,
    });
    return method.response.decode(answer);
  } catch (error) {
    const failure = toCallError(error);
    if (failure.code !== 'UNAVAILABLE') throw failure;
    throw new BrokerError('LOCAL_UNREACHABLE', `nothing answers on ${socket}`, { cause: failure });
  } finally {
    transport.close();
  }
}

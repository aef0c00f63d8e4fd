import { chooseTransport, type ClientTransport } from '../../../src/client/choose-transport.ts';
import {
  TransportFailure,
  type Transport,
  type TransportCall,
} from '../../../src/client/transport.ts';

/** Every transport of the client library; what one does, all do. */
export const TRANSPORTS = ['lean', 'native', 'grpc-js'] as const satisfies ClientTransport[];

export const METHOD = '/CryptoBroker.CryptoGrpc/HashData';

export function transportOver(
  name: ClientTransport,
  socket: string,
  random: () => number = () => 0.5,
): Transport {
  return chooseTransport(name, socket, { now: Date.now, random });
}

/** A call that waits for a server, for a second unless the test says otherwise. */
export function patient(options: Partial<TransportCall> & { ms?: number } = {}): TransportCall {
  const { ms = 5000, ...call } = options;
  return { deadline: Date.now() + ms, signal: undefined, waitForServer: true, ...call };
}

/** Sends one request and returns the failure; throws when there is an answer, or another kind of error. */
export async function failureOf(
  transport: Transport,
  call: TransportCall = patient(),
): Promise<TransportFailure> {
  try {
    await transport.unary(METHOD, Buffer.from('request'), call);
  } catch (error) {
    if (error instanceof TransportFailure) return error;
    throw error;
  }
  throw new Error('the call was answered');
}

/** The answer to a call that is made again as long as it fails, for five seconds. */
export async function eventually(transport: Transport): Promise<string> {
  const end = Date.now() + 5000;
  for (;;) {
    try {
      const answer = await transport.unary(METHOD, Buffer.from('request'), patient());
      return Buffer.from(answer).toString();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

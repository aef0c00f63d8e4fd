import { cancelledByClose } from './http2/failures.ts';
import type { Transport } from './transport.ts';

/** A transport whose code is loaded by the first call, so that a program that makes none does without it. */
export function lazyTransport(load: () => Promise<Transport>): Transport {
  let loading: Promise<Transport> | undefined;
  let transport: Transport | undefined;
  let closed = false;

  async function loaded(): Promise<Transport> {
    loading ??= load();
    transport = await loading;
    if (closed) transport.close();
    return transport;
  }

  return {
    unary: async (path, request, call) => {
      if (closed) throw cancelledByClose();
      return await (transport ?? (await loaded())).unary(path, request, call);
    },
    close: () => {
      closed = true;
      transport?.close();
    },
  };
}

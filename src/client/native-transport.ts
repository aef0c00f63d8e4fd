import type { NativeClientExports } from '../addon/client-session.ts';

import { SocketTransport } from './http2/socket-transport.ts';
import { loadClientAddon } from './native/client-addon.ts';
import { NativeSession } from './native/native-session.ts';
import type { Transport } from './transport.ts';

/**
 * gRPC over a Unix domain socket by nghttp2 in the addon, which is loaded here. `socket` is the path of the socket.
 * ADDON_UNUSABLE when the addon cannot be loaded.
 */
export function nativeTransport(
  socket: string,
  now: () => number,
  random: () => number,
  addon: NativeClientExports = loadClientAddon(),
): Transport {
  return new SocketTransport({ socket, now, random, newSession: () => new NativeSession(addon) });
}

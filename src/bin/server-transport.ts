import type { Settings } from '../config/index.ts';
import type { TransportFactory, TransportName } from '../grpc/transport.ts';
import type { PolicySnapshot } from '../profile/index.ts';
import type { LineSink } from '../telemetry/log-writer.ts';
import { SERVER_SERVICE } from '../telemetry/names.ts';

/** The transport that these settings ask for: the native core's own, unless the core is not there to answer. */
export function transportName({ transport, crypto }: Settings): TransportName {
  return transport ?? (crypto.provider === 'native' ? 'native' : 'grpc-js');
}

/** The transport that the settings name. `lines` takes log lines in their JSON form. Throws ADDON_UNUSABLE. */
export async function serverTransport(
  settings: Settings,
  policies: PolicySnapshot,
  lines: LineSink,
): Promise<TransportFactory> {
  // What does not serve is not loaded: each brings a good deal of code.
  if (transportName(settings) === 'grpc-js') {
    return (await import('../grpc/grpc-js-transport.ts')).grpcJsTransport;
  }
  const { loadDataPlaneAddon } = await import('../data-plane/data-plane-addon.ts');
  const { nativeTransport } = await import('../data-plane/native-transport.ts');
  const addon = loadDataPlaneAddon();
  const { log, dataPlane } = settings;
  const logsCalls = log.requests === 'on' && (log.level === 'debug' || log.level === 'info');
  return (parts) =>
    nativeTransport(
      {
        ...{ addon, policies, threads: dataPlane.threads },
        ...(logsCalls && { log: { lines, service: SERVER_SERVICE } }),
      },
      parts,
    );
}

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { KmipPort, type KmipPortOptions } from '../../../src/gateway/listener/kmip-port.ts';
import type { ListenerLimits } from '../../../src/gateway/listener/listener-limits.ts';
import type { ListenerFiles } from '../../../src/gateway/listener/tls-files.ts';
import type { ClientTrust } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { createEngine } from '../../../src/kmip/engine/index.ts';
import type { ResponseMessage } from '../../../src/kmip/messages/message.ts';
import { encodeRequest } from '../../../src/kmip/messages/request.ts';
import { decodeResponse } from '../../../src/kmip/messages/response.ts';
import { TtlvReader } from '../../../src/kmip/ttlv/reader.ts';
import { TtlvWriter } from '../../../src/kmip/ttlv/writer.ts';
import { DEFAULT_SESSION_LIMITS } from '../../../src/kmip-session/index.ts';
import type { ClientIdentity } from '../../../src/gateway/identity/client-identity.ts';
import {
  alternativeNames,
  CLIENT_AUTH,
  makeCa,
  makeCertificate,
  purposes,
  SERVER_AUTH,
  type HandmadeCertificate,
} from '../handmade-certificates.ts';
import { scratchDirectory } from '../scratch.ts';
import { TestLog } from './key-side.ts';
import { testMetrics } from '../telemetry/test-metrics.ts';
import type { MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts';

export const LIMITS: ListenerLimits = {
  session: DEFAULT_SESSION_LIMITS,
  connections: {
    connections: 100,
    connectionsPerIdentity: 50,
    requestsPerSecond: 1000,
    requestBurst: 1000,
    bufferedBytes: 1 << 20,
  },
  handshakeTimeoutMs: 5000,
  handshakes: 50,
  reloadIntervalMs: 60_000,
};

/** The clocks of the process: TLS has no others. */
export const REAL_CLOCK: KmipPortOptions['clock'] = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

export const serverCa = makeCa('server root');
export const acmeCa = makeCa('acme root');
export const otherCa = makeCa('other root');

export function serverCertificate(rsaBits?: number): HandmadeCertificate {
  return makeCertificate({
    issuer: serverCa,
    extensions: [purposes(SERVER_AUTH), alternativeNames(['dns', 'kmip.test'])],
    ...(rsaBits !== undefined && { rsaBits }),
  });
}

export function clientCertificate(
  uris: string | readonly string[] = 'spiffe://acme/app',
  issuer: HandmadeCertificate = acmeCa,
): HandmadeCertificate {
  const names = [uris].flat().map((uri) => ['uri', uri] as const);
  const extensions = [purposes(CLIENT_AUTH), alternativeNames(...names)];
  return makeCertificate({ issuer, extensions });
}

/** Everybody below `spiffe://<tenant>/` whom the CA vouches for. */
export function trustIn(tenantId: string, ca: HandmadeCertificate, prefix = ''): ClientTrust {
  return {
    tenantId,
    caBundle: Buffer.from(ca.pem),
    rules: [
      {
        match: { $case: 'spiffePrefix', value: `spiffe://${tenantId}/${prefix}` },
        serviceId: 'orders',
        operations: [],
      },
    ],
  };
}

/** Files of a port in a directory of its own; again with the same directory to change them. */
export function writePortFiles(
  directory: string,
  ...certificates: readonly HandmadeCertificate[]
): ListenerFiles {
  const identities = certificates.map(({ pem, keyPem }, index) => {
    const certFile = join(directory, `server-${index}.pem`);
    const keyFile = join(directory, `server-${index}.key`);
    writeFileSync(certFile, pem);
    writeFileSync(keyFile, keyPem, { mode: 0o600 });
    return { certFile, keyFile };
  });
  return { identities, caFiles: [] };
}

export interface OpenPort {
  readonly kmip: KmipPort;
  readonly port: number;
  readonly log: TestLog;
  readonly directory: string;
  readonly files: ListenerFiles;
  readonly metrics: MetricsRegistry;
  /** Clients whose requests came through, by SPIFFE ID. */
  readonly served: (string | undefined)[];
  readonly faults: unknown[];
}

export interface OpenPortOptions {
  readonly limits?: Partial<ListenerLimits>;
  readonly certificates?: readonly HandmadeCertificate[];
  readonly trust?: readonly ClientTrust[];
  /** Before a request is answered. */
  readonly onRequest?: (client: ClientIdentity) => Promise<void>;
}

/** A port that answers every item with an empty success. */
export async function openPort(options: OpenPortOptions = {}): Promise<OpenPort> {
  const directory = scratchDirectory();
  const files = writePortFiles(directory, ...(options.certificates ?? [serverCertificate()]));
  const log = new TestLog();
  const metrics = testMetrics();
  const served: (string | undefined)[] = [];
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => void faults.push(error);
  const engine = createEngine<ClientIdentity>({
    executor: {
      execute: async (_item, { session }) => {
        await options.onRequest?.(session);
        served.push(session.spiffeId);
        return { kind: 'success' };
      },
    },
    clock: REAL_CLOCK,
    onFault,
  });
  const kmip = new KmipPort({
    ...{ host: '127.0.0.1', port: 0, files, logger: log, clock: REAL_CLOCK, onFault, metrics },
    limits: { ...LIMITS, ...options.limits },
    requests: {
      forClient: (client) => ({
        handle: (request, deadline) => engine.handle(request, client, deadline),
        refuse: (...refusal) => engine.refuse(...refusal),
      }),
      refuse: (...refusal) => engine.refuse(...refusal),
    },
  });
  kmip.setTrust(options.trust ?? [trustIn('acme', acmeCa)]);
  onTestFinished(() => kmip.drain(0));
  const port = await kmip.start();
  return { kmip, port, log, metrics, directory, files, served, faults };
}

/** Connects as this client; rejects when TLS fails on this side. */
export async function dial(
  port: number,
  client: HandmadeCertificate | undefined,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = connect({
    ...{ host: '127.0.0.1', port, ca: serverCa.pem, servername: 'kmip.test' },
    ...(client && { cert: client.pem, key: client.keyPem }),
    ...options,
  });
  onTestFinished(() => void socket.destroy());
  // A server may refuse the certificate after the handshake is complete on this side (RFC 8446 §4.6).
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** A request of one item that says nothing. */
export function emptyRequest(operation = 0x18): Uint8Array {
  const writer = new TtlvWriter();
  encodeRequest(writer, { version: 14, hasAuthentication: false, errorContinuation: 'stop' }, [
    {
      operation,
      payload: (target) => {
        target.begin(0x420079);
        target.end();
      },
    },
  ]);
  return writer.finish();
}

/** The next response on a socket; rejects when it closes before. */
export function nextResponse(socket: TLSSocket): Promise<ResponseMessage> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < 8) return;
      const length = TtlvReader.frame(bytes, 1 << 20, 'response');
      if (bytes.length < length) return;
      socket.off('data', onData);
      socket.off('close', onClose);
      resolve(decodeResponse(bytes.subarray(0, length)));
    };
    const onClose = (): void => {
      reject(new Error('closed'));
    };
    socket.on('data', onData);
    socket.once('close', onClose);
  });
}

/** Asks, and gives the result of the first item. */
export async function ask(socket: TLSSocket): Promise<ResponseMessage['items'][number]> {
  const response = nextResponse(socket);
  socket.write(emptyRequest());
  const [first] = (await response).items;
  if (first === undefined) throw new Error('no item');
  return first;
}

/** Resolves when the socket is closed, with how many bytes still came. */
export async function closed(socket: TLSSocket): Promise<number> {
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
  });
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
  return bytes;
}

import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import {
  Metadata,
  Server,
  setLogger,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { BrokerError, type StatusName } from '../../errors/index.ts';
import type {
  EnrollRequest,
  EnrollResponse,
  TunnelRequest,
  TunnelResponse,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { interceptHttp2 } from '../../grpc/http2-server.ts';
import { STATUS_NUMBERS } from '../../grpc/status.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Sample } from '../../telemetry/metrics/metrics.ts';
import {
  CONNECT,
  CORE_ERROR_STATUS,
  CORE_ERROR_TRAILER,
  ENROLL,
  TUNNEL,
  UPLINK_LIMITS,
  type UnaryWireMethod,
} from '../../uplink-wire/index.ts';
import type { CoreTelemetry } from '../observe/core-telemetry.ts';
import { TunnelCalls } from '../observe/tunnel-calls.ts';
import { countCall, countStatus, uplinkMethodName } from '../observe/uplink-calls.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { GatewayRecord } from '../store/gateways.ts';
import type { Enrolment } from './enrolment.ts';
import { GatewayLink, type LinkParts } from './gateway-link.ts';
import { UplinkRefusal } from './refusal.ts';
import { TlsListener, type Peer } from './tls-listener.ts';
import type { UplinkTlsFiles } from './tls-files.ts';
import type { Tunnel } from './tunnel.ts';
import { CORE_LOG } from '../log-messages.ts';

export interface UplinkServerOptions {
  readonly host: string;
  readonly port: number;
  readonly files: UplinkTlsFiles;
  readonly store: CoreStore;
  readonly enrolment: Enrolment;
  readonly tunnel: Tunnel;
  readonly link: LinkParts;
  readonly clock: { readonly now: () => number; readonly monotonicMs: () => number };
  readonly logger: Logger;
  readonly telemetry: CoreTelemetry;
}

/** Header by which a call finds its connection. What a peer sends under this name is overwritten. */
const PEER_HEADER = 'cryptobroker-peer';
const GRPC_CONTENT = /^application\/grpc(?:\+proto)?(?:;.*)?$/i;

const MAX_CONNECTIONS = 512;
const MAX_STREAMS = 256;
/** HTTP/2 pings find a peer that is gone without a word. */
const KEEPALIVE_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 5000;
/** A call without a deadline of its own. */
const LONGEST_CALL_MS = 60_000;
/** Frames that may wait in a stream that its Gateway does not read. */
const MOST_UNREAD = 4096;

/** Serves EnrollmentService and UplinkService to Gateways. */
export class UplinkServer {
  readonly #options: UplinkServerOptions;
  readonly #grpc: Server;
  readonly #listener: TlsListener;
  readonly #peers: Map<string, Peer>;
  readonly #tunnelCalls: TunnelCalls;

  private constructor(
    options: UplinkServerOptions,
    grpc: Server,
    listener: TlsListener,
    peers: Map<string, Peer>,
  ) {
    this.#options = options;
    this.#grpc = grpc;
    this.#listener = listener;
    this.#peers = peers;
    this.#tunnelCalls = new TunnelCalls(options.telemetry);
    this.#serveUnary(ENROLL, this.#enrol.bind(this), () => undefined);
    this.#serveUnary(TUNNEL, this.#tunnel.bind(this), ({ rawResponse }) => rawResponse.fill(0));
    grpc.register(CONNECT.path, this.#connect.bind(this), sameBytes, sameBytes, 'bidi');
  }

  /** Listens. Throws UPLINK_TLS_UNUSABLE, UPLINK_PORT_UNUSABLE; then nothing is left behind. */
  static async open(options: UplinkServerOptions): Promise<UplinkServer> {
    // Its messages quote what peers send.
    setLogger({ error: () => undefined, info: () => undefined, debug: () => undefined });
    const grpc = new Server({
      'grpc.max_receive_message_length': UPLINK_LIMITS.message,
      'grpc.max_send_message_length': UPLINK_LIMITS.message,
      'grpc.max_concurrent_streams': MAX_STREAMS,
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
      'grpc.enable_channelz': 0,
    });
    const peers = new Map<string, Peer>();
    const sessions = new WeakMap<object, string>();
    let arriving: string | undefined;
    let connections = 0;
    const http2 = interceptHttp2(grpc, (stream, headers, next) => {
      const session: object = stream.session ?? {};
      const admitted = admit(stream, headers, sessions.get(session));
      if (admitted !== undefined) next(stream, admitted);
    });
    http2.onSession((session) => {
      // Made while its connection is handed over, so there is no doubt whose it is.
      if (arriving !== undefined) sessions.set(session, arriving);
    });
    const listener = await TlsListener.open({
      host: options.host,
      port: options.port,
      files: options.files,
      maxConnections: MAX_CONNECTIONS,
      logger: options.logger,
      onConnection: (socket, peer) => {
        connections += 1;
        const id = String(connections);
        peers.set(id, peer);
        socket.once('close', () => peers.delete(id));
        arriving = id;
        try {
          http2.injector.injectConnection(socket);
        } finally {
          arriving = undefined;
        }
      },
    });
    return new UplinkServer(options, grpc, listener, peers);
  }

  get address(): string {
    return this.#listener.address;
  }

  /** Gateways can connect. */
  get isServing(): boolean {
    return this.address !== '';
  }

  /** When the certificates end that are served with and verified by. */
  get certificates(): readonly Sample[] {
    return this.#listener.certificates;
  }

  /** Takes up changed certificate files at once. */
  reload(): void {
    this.#listener.reload();
  }

  /** Takes no connection any more, waits for messages under way at most `milliseconds`, and ends every stream. */
  async stop(milliseconds: number): Promise<void> {
    this.#listener.close();
    await this.#options.tunnel.drain(milliseconds);
    this.close();
  }

  /** Ends everything at once. */
  close(): void {
    this.#listener.close();
    this.#options.link.hub.stopAll();
    this.#grpc.forceShutdown();
  }

  async #enrol(peer: Peer, request: EnrollRequest): Promise<EnrollResponse> {
    return await Promise.resolve(this.#options.enrolment.enrol(this.#gatewayOf(peer), request));
  }

  async #tunnel(peer: Peer, request: TunnelRequest, deadline: number): Promise<TunnelResponse> {
    const gateway = this.#gatewayOf(peer);
    const call = this.#tunnelCalls.begin(gateway.name, request);
    try {
      const response = await this.#options.tunnel.run(gateway, request, deadline, call);
      call.ended('OK');
      return response;
    } catch (error) {
      call.ended(statusOf(error)[0]);
      throw error;
    }
  }

  /** The Gateway that was declared for the one URI of a certificate. Throws UplinkRefusal. */
  #gatewayOf({ uris, validUntil }: Peer): GatewayRecord {
    const [uri, ...others] = uris;
    if (uri === undefined || others.length > 0) {
      throw new UplinkRefusal('GATEWAY_UNKNOWN', 'the certificate has not exactly one URI name');
    }
    if (validUntil <= this.#options.clock.now()) {
      throw new UplinkRefusal('GATEWAY_UNKNOWN', 'the certificate has ended');
    }
    const gateway = this.#options.store.gateways.byIdentity(uri);
    if (gateway === undefined) {
      throw new UplinkRefusal('GATEWAY_UNKNOWN', 'no gateway was declared for this identity');
    }
    return gateway;
  }

  #peerOf(metadata: Metadata): Peer {
    const [id] = metadata.get(PEER_HEADER);
    const peer = this.#peers.get(String(id));
    if (peer === undefined) throw new UplinkRefusal('GATEWAY_UNKNOWN', 'the connection is gone');
    return peer;
  }

  #serveUnary<Request, Response>(
    method: UnaryWireMethod<Request, Response>,
    handle: (peer: Peer, request: Request, deadline: number) => Promise<Response>,
    wipe: (response: Response) => unknown,
  ): void {
    const answer = async (call: ServerUnaryCall<Buffer, Buffer>): Promise<Buffer> => {
      try {
        const request = method.request.decode(call.request);
        const response = await handle(this.#peerOf(call.metadata), request, this.#deadlineOf(call));
        const bytes = method.response.encode(response);
        // The library's own copies of a message are out of reach, here and above.
        wipe(response);
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      } finally {
        if (method.secret) call.request.fill(0);
      }
    };
    const handler = (
      call: ServerUnaryCall<Buffer, Buffer>,
      respond: sendUnaryData<Buffer>,
    ): void => {
      const { metrics, monotonicMs } = this.#options.telemetry;
      const startedAt = monotonicMs();
      const name = uplinkMethodName(method.path);
      const count = (status: string): void => {
        countCall(metrics, { method: name, status, durationMs: monotonicMs() - startedAt });
      };
      answer(call).then(
        (bytes) => {
          count('OK');
          respond(null, bytes);
        },
        (error: unknown) => {
          count(statusOf(error)[0]);
          respond(this.#failure(method.path, error));
        },
      );
    };
    this.#grpc.register(method.path, handler, sameBytes, sameBytes, 'unary');
  }

  #deadlineOf(call: ServerUnaryCall<Buffer, Buffer>): number {
    const { now, monotonicMs } = this.#options.clock;
    const deadline = call.getDeadline();
    const left = (deadline instanceof Date ? deadline.getTime() : deadline) - now();
    return monotonicMs() + Math.min(left, LONGEST_CALL_MS);
  }

  #connect(call: ServerDuplexStream<Buffer, Buffer>): void {
    const { link: parts, telemetry } = this.#options;
    const { metrics } = telemetry;
    const method = uplinkMethodName(CONNECT.path);
    call.on('error', () => undefined);
    let peer: Peer;
    let gateway: GatewayRecord;
    try {
      peer = this.#peerOf(call.metadata);
      gateway = this.#gatewayOf(peer);
    } catch (error) {
      countStatus(metrics, method, statusOf(error)[0]);
      call.emit('error', this.#failure(CONNECT.path, error));
      return;
    }
    countStatus(metrics, method, 'OK');
    const link = new GatewayLink(parts, gateway, {
      send: (frame) => {
        const bytes = CONNECT.down.encode(frame);
        call.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
        if (call.writableLength > MOST_UNREAD) call.destroy();
        return !call.writableNeedDrain;
      },
      end: (refusal) => {
        if (refusal === undefined) call.end();
        else call.emit('error', this.#failure(CONNECT.path, refusal));
      },
    });
    call.on('data', (bytes: Buffer) => {
      try {
        // Streams live long: the certificate that opened one must not be outlived by it.
        this.#gatewayOf(peer);
        link.receive(CONNECT.up.decode(bytes));
      } catch (error) {
        link.fail(error);
      }
    });
    call.on('drain', () => {
      link.writable();
    });
    call.on('end', () => {
      link.stop();
    });
    call.once('cancelled', () => {
      link.closed();
    });
    call.once('close', () => {
      link.closed();
    });
  }

  /** An error as a call ends with it. What the Gateway may know of it is in the text; the rest is in our log. */
  #failure(
    path: string,
    error: unknown,
  ): Error & { code: number; details: string; metadata: Metadata } {
    const metadata = new Metadata();
    const [status, details] = statusOf(error);
    if (status === 'INTERNAL') this.#logFault(path, error);
    if (error instanceof UplinkRefusal) metadata.set(CORE_ERROR_TRAILER, error.code);
    return Object.assign(new Error(details), { code: STATUS_NUMBERS[status], details, metadata });
  }

  #logFault(path: string, error: unknown): void {
    this.#options.logger.error(CORE_LOG.callFailed, {
      method: path,
      reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    });
  }
}

/** The status of a call that failed so, and what its caller is told. */
function statusOf(error: unknown): readonly [StatusName, string] {
  if (error instanceof UplinkRefusal) return [CORE_ERROR_STATUS[error.code], error.message];
  if (error instanceof BrokerError && error.definition.status !== 'INTERNAL') {
    return [error.definition.status, error.message];
  }
  return ['INTERNAL', 'internal error'];
}

const sameBytes = (bytes: Buffer): Buffer => bytes;

/** Headers to go on with, or undefined when the stream was answered already. */
function admit(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  peer: string | undefined,
): IncomingHttpHeaders | undefined {
  stream.on('error', () => undefined);
  if (stream.destroyed || stream.closed) return undefined;
  // Compressed messages would be inflated before anybody could look at their size.
  const encoding = headers['grpc-encoding'] ?? 'identity';
  const acceptable = GRPC_CONTENT.test(headers['content-type'] ?? '') && encoding === 'identity';
  if (peer === undefined || !acceptable) {
    stream.close(constants.NGHTTP2_REFUSED_STREAM);
    return undefined;
  }
  return { ...headers, [PEER_HEADER]: peer };
}

import type { X509Certificate } from 'node:crypto';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { BrokerError } from '../../errors/index.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Sample } from '../../telemetry/metrics/metrics.ts';
import { certificateSamples } from '../../tls-files/index.ts';
import { uriNames } from '../../uplink-wire/index.ts';
import { readTlsMaterial, type TlsMaterial, type UplinkTlsFiles } from './tls-files.ts';
import { CORE_LOG } from '../log-messages.ts';

/** Who is at the other end of a connection, as its certificate says. */
export interface Peer {
  /** Every URI SAN of the verified certificate. */
  readonly uris: readonly string[];
  /** Milliseconds since 1970 at which the certificate ends. */
  readonly validUntil: number;
}

export interface TlsListenerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly files: UplinkTlsFiles;
  readonly maxConnections: number;
  readonly logger: Logger;
  /** A connection whose certificate was verified. */
  readonly onConnection: (socket: TLSSocket, peer: Peer) => void;
}

const HANDSHAKE_MS = 10_000;
/** How often the files are looked at. */
const RELOAD_MS = 5000;

/** TLS 1.3 with client certificates, for Gateways. New files are used for new connections; open ones go on. */
export class TlsListener {
  readonly #options: TlsListenerOptions;
  readonly #server: Server;
  /** Of the files in use. */
  #digest: string;
  /** When the certificates in use end. */
  #certificates: readonly Sample[];
  #refused: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: TlsListenerOptions, material: TlsMaterial) {
    this.#options = options;
    this.#digest = material.digest;
    this.#certificates = samplesOf(material);
    try {
      this.#server = createServer({
        ...contextOf(material),
        requestCert: true,
        rejectUnauthorized: true,
        handshakeTimeout: HANDSHAKE_MS,
        ALPNProtocols: ['h2'],
      });
    } finally {
      material.key.fill(0);
    }
    this.#server.maxConnections = options.maxConnections;
    this.#server.on('secureConnection', (socket) => {
      this.#accept(socket);
    });
    this.#server.on('tlsClientError', (error) => {
      // Scanners and wrong certificates: the reason, and nothing that the peer has sent.
      const { code = error.name } = error as NodeJS.ErrnoException;
      options.logger.info(CORE_LOG.connectionRefused, { reason: code });
    });
  }

  /** Reads the files and listens. Throws UPLINK_TLS_UNUSABLE, UPLINK_PORT_UNUSABLE. */
  static async open(options: TlsListenerOptions): Promise<TlsListener> {
    const listener = new TlsListener(options, readTlsMaterial(options.files));
    await listener.#listen();
    listener.#timer = setInterval(() => {
      listener.reload();
    }, RELOAD_MS);
    listener.#timer.unref();
    return listener;
  }

  /** `host:port` it listens on. */
  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') return '';
    const { address: host, family, port } = address;
    return family === 'IPv6' ? `[${host}]:${port}` : `${host}:${port}`;
  }

  get certificates(): readonly Sample[] {
    return this.#certificates;
  }

  /** Takes up files that have changed; what cannot be used is logged once, and the old files stay in use. */
  reload(): void {
    const { files, logger } = this.#options;
    let material: TlsMaterial | undefined;
    try {
      material = readTlsMaterial(files);
      if (material.digest === this.#digest) return;
      this.#server.setSecureContext(contextOf(material));
      this.#digest = material.digest;
      this.#certificates = samplesOf(material);
      this.#refused = undefined;
      logger.info(CORE_LOG.certificatesReloaded);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason === this.#refused) return;
      this.#refused = reason;
      logger.warn(CORE_LOG.certificatesUnusable, { reason });
    } finally {
      material?.key.fill(0);
    }
  }

  /** Takes no further connections; those that are there live on. */
  close(): void {
    clearInterval(this.#timer);
    this.#server.close();
  }

  #accept(socket: TLSSocket): void {
    socket.on('error', () => undefined);
    socket.disableRenegotiation();
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined || socket.alpnProtocol !== 'h2') {
      socket.destroy();
      return;
    }
    this.#options.onConnection(socket, peerOf(certificate));
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const text = `cannot listen: ${cause.code ?? 'unknown reason'}`;
        reject(new BrokerError('UPLINK_PORT_UNUSABLE', text, { field: 'uplink', cause }));
      });
      this.#server.listen({ host, port }, () => {
        this.#server.removeAllListeners('error');
        this.#server.on('error', (error: Error) => {
          this.#options.logger.warn(CORE_LOG.listenerFailed, { reason: error.message });
        });
        resolve();
      });
    });
  }
}

function contextOf({ cert, key, ca }: TlsMaterial): {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
  readonly minVersion: 'TLSv1.3';
} {
  return { cert, key, ca, minVersion: 'TLSv1.3' };
}

function samplesOf({ cert, ca }: TlsMaterial): readonly Sample[] {
  return certificateSamples([
    { name: 'core-server', pem: cert },
    { name: 'gateway-ca', pem: ca },
  ]);
}

function peerOf(certificate: X509Certificate): Peer {
  return { uris: uriNames(certificate), validUntil: Date.parse(certificate.validTo) };
}

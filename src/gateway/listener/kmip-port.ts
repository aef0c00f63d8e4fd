import { createServer, type AddressInfo, type Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { readTrust, type TrustedTenant } from '../../client-trust/index.ts';
import { BrokerError } from '../../errors/index.ts';
import type { ClientTrust } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import {
  createGate,
  serveConnection,
  type Connection,
  type ConnectionGate,
  type GatePlace,
  type RequestHandler,
  type SessionClock,
} from '../../kmip-session/index.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics, Sample } from '../../telemetry/metrics/metrics.ts';
import { certificateSamples, numbered } from '../../tls-files/index.ts';
import { clientName, type ClientIdentity } from '../identity/client-identity.ts';
import { isSameClient, type Identification } from '../identity/identify.ts';
import type { KmipListener } from '../kmip-listener.ts';
import { addressOf, identifyConnection } from './connection-identity.ts';
import { Handshakes } from './handshakes.ts';
import type { ListenerLimits } from './listener-limits.ts';
import { PORT_LOG } from './log-messages.ts';
import { checkTlsFiles, readTlsFiles, type ListenerFiles, type TlsMaterial } from './tls-files.ts';
import { tlsSettings } from './tls-settings.ts';

export interface KmipPortOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly files: ListenerFiles;
  readonly limits: ListenerLimits;
  readonly clock: SessionClock & {
    /** Milliseconds since 1970. */
    readonly now: () => number;
  };
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What answers requests. */
  readonly requests: {
    forClient(client: ClientIdentity): RequestHandler;
    readonly refuse: RequestHandler['refuse'];
  };
  readonly onFault: (error: unknown) => void;
}

/** A connection that is served, or about to be told why it is not. */
interface Served {
  readonly socket: TLSSocket;
  readonly connection: Connection;
  readonly client: ClientIdentity | undefined;
}

/** The KMIP port: TLS, who is who, and the connections that are open. */
export class KmipPort implements KmipListener {
  readonly #options: KmipPortOptions;
  readonly #gate: ConnectionGate;
  readonly #served = new Set<Served>();
  #tenants: readonly TrustedTenant[] = [];
  #material: TlsMaterial | undefined;
  /** When the certificates end that are served with and verified by. */
  #certificates: readonly Sample[] = [];
  /** When the CAs end that tenants vouch for their clients by. */
  #tenantCas: readonly Sample[] = [];
  #handshakes: Handshakes | undefined;
  #server: Server | undefined;
  #cancelReload: () => void = () => undefined;
  /** What was last wrong with the files, so that it is said once. */
  #problem: string | undefined;

  constructor(options: KmipPortOptions) {
    const { limits, clock, metrics } = options;
    this.#options = options;
    this.#gate = createGate(limits.connections, () => clock.monotonicMs());
    metrics.gauge('krypton_kmip_connections', {}, () => this.#gate.connections);
    metrics.source(() => [...this.#certificates, ...this.#tenantCas]);
  }

  /** Throws KMIP_TLS_UNUSABLE, KMIP_LISTEN_FAILED. */
  async start(): Promise<number> {
    const { files, clock, limits, host, logger } = this.#options;
    const material = readTlsFiles(files);
    this.#use(material);
    this.#handshakes = this.#createHandshakes(material);
    const server = createServer({ noDelay: true }, (raw) => {
      this.#handshakes?.begin(raw);
    });
    this.#server = server;
    const port = await listen(server, host, this.#options.port);
    // No memory for a connection, for example: that one is lost, and the port goes on.
    server.on('error', (error: NodeJS.ErrnoException) => {
      logger.warn(PORT_LOG.acceptFailed, { reason: error.code ?? error.message });
    });
    const scheduleReload = (): void => {
      this.#cancelReload = clock.after(limits.reloadIntervalMs, () => {
        this.reload();
        scheduleReload();
      });
    };
    scheduleReload();
    logger.info(PORT_LOG.listening, { host, port });
    return port;
  }

  setTrust(trust: readonly ClientTrust[]): void {
    const { logger } = this.#options;
    const { tenants, problems } = readTrust(trust);
    for (const { tenantId, problem } of problems) {
      logger.error(PORT_LOG.trustProblem, { tenantId, reason: problem });
    }
    this.#tenants = tenants;
    this.#tenantCas = certificateSamples(
      trust.map(({ tenantId, caBundle }) => ({ name: `tenant-ca:${tenantId}`, pem: caBundle })),
    );
    if (this.#material !== undefined) {
      this.#handshakes?.setSettings(tlsSettings(this.#material, this.#anchors()));
    }
    for (const served of this.#served) this.#judgeAgain(served);
  }

  closeTenant(tenantId: string): void {
    for (const { client, socket } of this.#served) {
      if (client?.tenantId === tenantId) socket.destroy();
    }
  }

  /**
   * Looks whether the files have changed, and takes them for connections from now on. Files that are of no use change
   * nothing: what was there before goes on, and the log says so once.
   */
  reload(): void {
    const { logger, files } = this.#options;
    let fresh: TlsMaterial | undefined;
    try {
      fresh = readTlsFiles(files);
      if (fresh.digest === this.#material?.digest) {
        this.#problem = undefined;
        fresh.wipe();
        return;
      }
      checkTlsFiles(fresh);
      this.#handshakes?.setSettings(tlsSettings(fresh, this.#anchors()));
      this.#material?.wipe();
      this.#use(fresh);
      this.#problem = undefined;
      logger.info(PORT_LOG.reloaded);
    } catch (error) {
      fresh?.wipe();
      const reason = error instanceof Error ? error.message : String(error);
      const problem = `${reason} ${fresh?.digest}`;
      if (problem !== this.#problem) logger.error(PORT_LOG.reloadFailed, { reason });
      this.#problem = problem;
    }
  }

  async drain(milliseconds: number): Promise<void> {
    const { clock, onFault } = this.#options;
    this.#cancelReload();
    this.#server?.close();
    this.#handshakes?.close();
    const closed = [...this.#served].map(({ connection }) => connection.closed);
    for (const { connection } of this.#served) connection.drain();
    await new Promise<void>((resolve) => {
      const cancel = clock.after(milliseconds, () => {
        // A request that is still running ends in nothing: nobody waits for it here.
        for (const { socket } of this.#served) socket.destroy();
        resolve();
      });
      Promise.all(closed)
        .finally(cancel)
        .then(() => {
          resolve();
        }, onFault);
    });
    this.#forgetKeys();
  }

  #use(material: TlsMaterial): void {
    this.#material = material;
    this.#certificates = certificateSamples([
      ...numbered(
        'kmip-server',
        material.identities.map(({ cert }) => cert),
      ),
      ...numbered('kmip-client-ca', material.ca),
    ]);
  }

  /** Trust that comes later, while the link is still up, finds nothing to set. */
  #forgetKeys(): void {
    this.#material?.wipe();
    this.#material = undefined;
    this.#certificates = [];
  }

  #anchors(): TrustedTenant['anchors'] {
    return this.#tenants.flatMap(({ anchors }) => anchors);
  }

  #createHandshakes(material: TlsMaterial): Handshakes {
    const { limits, clock, logger } = this.#options;
    try {
      checkTlsFiles(material);
      return new Handshakes(tlsSettings(material, this.#anchors()), {
        gate: this.#gate,
        clock,
        timeoutMs: limits.handshakeTimeoutMs,
        limit: limits.handshakes,
        onSecure: (socket, place) => {
          this.#take(socket, place);
        },
        onFailed: (peer, reason, why) => {
          this.#countRefusal(why);
          logger.info(PORT_LOG.handshakeFailed, { peer, reason });
        },
      });
    } catch (error) {
      this.#forgetKeys();
      if (error instanceof BrokerError) throw error;
      const text = 'certificates and keys of the KMIP port do not fit together';
      throw new BrokerError('KMIP_TLS_UNUSABLE', text, { cause: error });
    }
  }

  #take(socket: TLSSocket, place: GatePlace): void {
    try {
      this.#serve(socket, place);
    } catch (error) {
      // Nobody above would catch it: an event of a socket is where the stack begins.
      place.leave();
      socket.on('error', () => undefined).destroy();
      this.#options.onFault(error);
    }
  }

  #serve(socket: TLSSocket, place: GatePlace): void {
    const { limits, clock, requests, logger, onFault } = this.#options;
    const identification = identifyConnection(socket, this.#tenants, clock.now());
    const client = 'client' in identification ? identification.client : undefined;
    const admitted = place.identify(gateName(identification));
    if (client === undefined) this.#countRefusal('identity');
    else if (!admitted) this.#countRefusal('limit');
    if (client === undefined && !admitted) {
      // Many connections of somebody unknown: not worth an answer.
      place.leave();
      socket.on('error', () => undefined).destroy();
      return;
    }
    this.#logIdentification(identification, addressOf(socket));
    const connection = serveConnection(socket, {
      handler: client === undefined ? nobody(requests.refuse) : requests.forClient(client),
      limits: limits.session,
      clock,
      place,
      ...refusalOf(client, admitted),
      onFault,
    });
    const served: Served = { socket, connection, client };
    this.#served.add(served);
    connection.closed.then((summary) => {
      this.#served.delete(served);
      logger.debug(PORT_LOG.disconnected, { ...summary });
    }, onFault);
  }

  #countRefusal(reason: 'handshake' | 'identity' | 'limit'): void {
    this.#options.metrics.counter('krypton_kmip_connections_refused_total', { reason }).add();
  }

  #logIdentification(identification: Identification, peer: string): void {
    const { logger } = this.#options;
    if ('client' in identification) {
      const { tenantId, serviceId } = identification.client;
      const client = clientName(identification.client);
      logger.debug(PORT_LOG.connected, { peer, client, tenantId, serviceId });
      return;
    }
    const { refused: reason, facts } = identification;
    const { spiffeId, subject, issuer, serial } = facts ?? {};
    logger.warn(PORT_LOG.clientRefused, { peer, reason, spiffeId, subject, issuer, serial });
  }

  /** Rules that have changed count for open connections as well: they end behind the running request. */
  #judgeAgain({ socket, connection, client }: Served): void {
    if (client === undefined || socket.destroyed) return;
    const { clock, logger } = this.#options;
    const identification = identifyConnection(socket, this.#tenants, clock.now());
    if ('client' in identification && isSameClient(identification.client, client)) return;
    logger.info(PORT_LOG.identityChanged, {
      client: clientName(client),
      tenantId: client.tenantId,
      serviceId: client.serviceId,
    });
    connection.drain();
  }
}

/** Whose limits a connection counts against. */
function gateName(identification: Identification): string {
  if ('client' in identification) {
    const { client } = identification;
    return [client.tenantId, client.serviceId, clientName(client)].join('\0');
  }
  const spki = identification.facts?.spkiSha256 ?? new Uint8Array();
  return `\0${Buffer.from(spki).toString('hex')}`;
}

function refusalOf(
  client: ClientIdentity | undefined,
  admitted: boolean,
): Pick<Parameters<typeof serveConnection>[1], 'refusal'> {
  if (client === undefined) {
    const message = 'the client certificate is not accepted';
    return { refusal: { failure: 'authenticationNotSuccessful', message } };
  }
  if (admitted) return {};
  const message = 'too many connections, try again later';
  return { refusal: { failure: 'serverLimitExceeded', message } };
}

/** Answers for somebody whom nothing is done for: every request is refused before it comes here. */
function nobody(refuse: RequestHandler['refuse']): RequestHandler {
  return {
    handle: () => Promise.reject(new Error('a request of nobody')),
    refuse,
  };
}

/** Resolves with the port. Throws KMIP_LISTEN_FAILED. */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new BrokerError(
          'KMIP_LISTEN_FAILED',
          `cannot listen on ${host} port ${port}: ${error.code ?? 'unknown error'}`,
          { cause: error },
        ),
      );
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve((server.address() as AddressInfo).port);
    });
  });
}

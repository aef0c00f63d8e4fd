import { createServer, type Server, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { ConnectionGate, GatePlace, SessionClock } from '../../kmip-session/index.ts';
import { addressOf } from './connection-identity.ts';

export interface HandshakesOptions {
  readonly gate: ConnectionGate;
  readonly clock: SessionClock;
  readonly timeoutMs: number;
  /** Handshakes at a time. */
  readonly limit: number;
  /** The peer has shown a certificate that a CA here vouches for. */
  readonly onSecure: (socket: TLSSocket, place: GatePlace) => void;
  /** A connection that did not come as far as that; `reason` is safe to show. `why` is the kind of it. */
  readonly onFailed: (peer: string, reason: string, why: 'limit' | 'handshake') => void;
}

/** A connection on its way. */
interface Attempt {
  readonly raw: Socket;
  readonly peer: string;
  readonly place: GatePlace;
  readonly cancelTimer: () => void;
  reason: string | undefined;
  why: 'limit' | 'handshake';
}

/** TLS hides why: a certificate that is missing or does not verify looks like a peer that has left. */
const UNFINISHED = 'no certificate that a known CA vouches for, or the client left';

/**
 * Leads TCP connections through the TLS handshake, a bounded number at a time and each within its time. When there are too
 * many, the oldest gives its place up.
 */
export class Handshakes {
  readonly #options: HandshakesOptions;
  readonly #server: Server;
  readonly #attempts = new Map<string, Attempt>();

  constructor(settings: SecureContextOptions, options: HandshakesOptions) {
    this.#options = options;
    this.#server = createServer({ ...settings, requestCert: true, rejectUnauthorized: true });
    this.#server.on('secureConnection', (socket) => {
      this.#secured(socket);
    });
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      const attempt = this.#attempts.get(tupleOf(socket));
      if (attempt !== undefined) attempt.reason ??= error.code ?? 'TLS failure';
      socket.destroy();
    });
  }

  /** For connections from now on. Throws when the certificates and keys are of no use. */
  setSettings(settings: SecureContextOptions): void {
    this.#server.setSecureContext(settings);
  }

  /** Takes a new TCP connection over. */
  begin(raw: Socket): void {
    const { gate, clock, limit, timeoutMs, onFailed } = this.#options;
    const tuple = tupleOf(raw);
    const peer = addressOf(raw);
    // Nobody owns it yet: an error without a listener would end the process.
    raw.on('error', () => undefined);
    if (this.#attempts.size >= limit) this.#giveUpOldest();
    const place = peer === '' ? undefined : gate.enter();
    if (place === undefined) {
      raw.destroy();
      onFailed(peer, 'too many connections, or the client left', 'limit');
      return;
    }
    const cancelTimer = clock.after(timeoutMs, () => {
      attempt.reason = 'the handshake took too long';
      raw.destroy();
    });
    const attempt: Attempt = { raw, peer, place, cancelTimer, reason: undefined, why: 'handshake' };
    this.#attempts.set(tuple, attempt);
    raw.once('close', () => {
      this.#fail(tuple, attempt);
    });
    this.#server.emit('connection', raw);
  }

  /** Ends all that are under way. */
  close(): void {
    for (const { raw } of this.#attempts.values()) raw.destroy();
  }

  #secured(socket: TLSSocket): void {
    const tuple = tupleOf(socket);
    const attempt = this.#attempts.get(tuple);
    if (attempt === undefined || !this.#end(tuple, attempt)) {
      socket.destroy();
      return;
    }
    // Only now: a peer that closes its half before it has shown who it is has left.
    socket.allowHalfOpen = true;
    this.#options.onSecure(socket, attempt.place);
  }

  /**
   * Makes room for a newcomer. A client that means it is through in a moment, so the oldest handshake is one that hangs: to
   * turn newcomers away instead would let a few silent connections shut everybody out.
   */
  #giveUpOldest(): void {
    for (const [tuple, attempt] of this.#attempts) {
      attempt.reason = 'too many handshakes';
      attempt.why = 'limit';
      this.#fail(tuple, attempt);
      attempt.raw.destroy();
      return;
    }
  }

  #fail(tuple: string, attempt: Attempt): void {
    if (!this.#end(tuple, attempt)) return;
    attempt.place.leave();
    this.#options.onFailed(attempt.peer, attempt.reason ?? UNFINISHED, attempt.why);
  }

  /** False when it has ended before. */
  #end(tuple: string, attempt: Attempt): boolean {
    if (this.#attempts.get(tuple) !== attempt) return false;
    this.#attempts.delete(tuple);
    attempt.cancelTimer();
    return true;
  }
}

/** Both ends of a connection: no two that are open have the same, and TLS gives no other link from one socket to the other. */
function tupleOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}

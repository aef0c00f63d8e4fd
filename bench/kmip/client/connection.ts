import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';

import type { Endpoint } from './protocol.ts';

const HEADER_BYTES = 8;
/** Larger than any answer that is expected here. */
const LARGEST_ANSWER = 65_536;
const HANDSHAKE_MS = 10_000;
const ANSWER_MS = 30_000;

/** Result Status (0x42007F), an enumeration of 4 bytes: Success. */
const SUCCESS = Buffer.from('42007f05000000040000000000000000', 'hex');

/**
 * One suite for each version of TLS, so that every server works with the same: where a client lets them choose, Go takes
 * AES-128 and OpenSSL AES-256. PyKMIP has nothing newer than TLS 1.2.
 */
const CIPHERS = 'TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES256-GCM-SHA384';

/** One TLS connection that asks one request at a time: bytes out in one write, bytes in until the answer is whole. */
export class ClientConnection {
  readonly #socket: TLSSocket;
  #received: Buffer[] = [];
  #length = 0;
  #wanted = HEADER_BYTES;
  #waiting: ((answer: Buffer) => void) | undefined;
  #failed: (error: Error) => void = () => undefined;
  readonly #failure: Promise<never>;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.#failure = new Promise((_resolve, reject) => {
      this.#failed = reject;
    });
    // Looked at only while somebody waits for an answer.
    this.#failure.catch(() => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on('error', (error: Error) => {
      this.#failed(error);
    });
    socket.on('close', () => {
      this.#failed(new Error('the server closed the connection'));
    });
    socket.setTimeout(ANSWER_MS, () => {
      if (this.#waiting !== undefined) socket.destroy(new Error('no answer in time'));
    });
  }

  /** Resolves after the handshake. */
  static open(endpoint: Endpoint): Promise<ClientConnection> {
    return new Promise((resolve, reject) => {
      const refused = (error: Error): void => {
        clearTimeout(timer);
        reject(error);
      };
      const socket = connect(
        {
          host: '127.0.0.1',
          port: endpoint.port,
          servername: 'localhost',
          ciphers: CIPHERS,
          ...tlsFiles(endpoint),
        },
        () => {
          clearTimeout(timer);
          socket.off('error', refused);
          resolve(new ClientConnection(socket));
        },
      );
      const timer = setTimeout(() => {
        socket.destroy(new Error('no TLS handshake in time'));
      }, HANDSHAKE_MS);
      socket.setNoDelay(true);
      socket.once('error', refused);
    });
  }

  /** `TLSv1.3 TLS_AES_256_GCM_SHA384` */
  get tls(): string {
    return `${this.#socket.getProtocol() ?? ''} ${this.#socket.getCipher().name}`;
  }

  /** Rejects when the connection ends. */
  get failure(): Promise<never> {
    return this.#failure;
  }

  /** Writes a request; `answered` is called with the whole answer. Not to be called while another request waits. */
  ask(request: Buffer, answered: (answer: Buffer) => void): void {
    this.#waiting = answered;
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#wanted) return;
    const [first = chunk] = this.#received;
    const bytes = this.#received.length === 1 ? first : Buffer.concat(this.#received, this.#length);
    if (this.#wanted === HEADER_BYTES) {
      this.#wanted = HEADER_BYTES + bytes.readUInt32BE(4);
      if (this.#wanted > LARGEST_ANSWER) {
        this.#socket.destroy(new Error(`an answer of ${this.#wanted} bytes`));
        return;
      }
      if (this.#length < this.#wanted) {
        this.#received = [bytes];
        return;
      }
    }
    const answered = this.#waiting;
    if (answered === undefined || this.#length > this.#wanted) {
      this.#socket.destroy(new Error('an answer that nobody asked for'));
      return;
    }
    this.#received = [];
    this.#length = 0;
    this.#wanted = HEADER_BYTES;
    this.#waiting = undefined;
    answered(bytes);
  }
}

/** True when an answer says Success of so many items. */
export function succeeded(answer: Buffer, items: number): boolean {
  let from = 0;
  for (let item = 0; item < items; item += 1) {
    const at = answer.indexOf(SUCCESS, from);
    if (at < 0) return false;
    from = at + SUCCESS.length;
  }
  return true;
}

function tlsFiles({ ca, certificate, key }: Endpoint) {
  return {
    ca: readFileSync(ca),
    cert: readFileSync(certificate),
    key: readFileSync(key),
  };
}

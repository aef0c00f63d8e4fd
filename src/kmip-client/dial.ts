import { isIP } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { BrokerError } from '../errors/index.ts';

/** Where a server is, and who the client is. */
export interface DialOptions {
  readonly host: string;
  readonly port: number;
  /** CA certificates of the server, PEM. */
  readonly ca: string | Uint8Array;
  /** Client certificate with its chain, PEM, and its private key. */
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
  /** Name that the server's certificate must carry; default: the host. */
  readonly servername?: string | undefined;
}

/**
 * Opens a TLS connection (1.2 or 1.3) that both sides have proved themselves on. KMIP_UNREACHABLE,
 * DEADLINE_EXCEEDED; INPUT_INVALID for certificates or a key that are none, or do not belong together.
 */
export async function dial(options: DialOptions, timeoutMs: number): Promise<TLSSocket> {
  const { host, port, servername = host } = options;
  const secureContext = credentials(options);
  return await new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      secureContext,
      // An address cannot be sent as a name (RFC 6066 §3), but the certificate can be checked for it.
      ...(isIP(servername) === 0 ? { servername } : {}),
      checkServerIdentity: (_, certificate) => checkServerIdentity(servername, certificate),
    });
    socket.setNoDelay(true);
    const timer = setTimeout(() => {
      settle(new BrokerError('DEADLINE_EXCEEDED', 'no connection came about in time'));
    }, timeoutMs);
    const failed = (cause: NodeJS.ErrnoException): void => {
      settle(unreachable(cause));
    };
    const settle = (error?: BrokerError): void => {
      clearTimeout(timer);
      socket.off('error', failed);
      if (error === undefined) {
        resolve(socket);
        return;
      }
      // What else it has to say concerns nobody.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    socket.once('error', failed);
    socket.once('secureConnect', settle);
  });
}

function credentials({ ca, cert, key }: DialOptions): SecureContext {
  try {
    return createSecureContext({
      ca: bytes(ca),
      cert: bytes(cert),
      key: bytes(key),
      minVersion: 'TLSv1.2',
    });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'TLS';
    throw new BrokerError('INPUT_INVALID', `the certificates or the key cannot be used (${code})`, {
      cause,
    });
  }
}

function bytes(pem: string | Uint8Array): string | Buffer {
  return typeof pem === 'string' ? pem : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
}

/** The system's and OpenSSL's messages name addresses and files; their codes say enough. */
function unreachable(cause: NodeJS.ErrnoException): BrokerError {
  return new BrokerError(
    'KMIP_UNREACHABLE',
    `no connection to the server (${cause.code ?? 'TLS'})`,
    {
      cause,
    },
  );
}

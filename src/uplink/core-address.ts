import { isIPv4, isIPv6 } from 'node:net';
import { BrokerError } from '../errors/index.ts';

/** Where the Core listens. */
export interface CoreAddress {
  /** Name or IP address, without brackets. */
  readonly host: string;
  /** What gRPC dials. */
  readonly target: string;
}

const NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/;

/** Reads `host:port` or `[IPv6]:port`; throws CONFIG_INVALID. */
export function parseCoreAddress(text: string): CoreAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (port >= 1 && port <= 65_535) {
    if (bracketed !== undefined && isIPv6(bracketed)) {
      return { host: bracketed, target: `ipv6:[${bracketed}]:${port}` };
    }
    if (plain !== undefined && isIPv4(plain)) {
      return { host: plain, target: `ipv4:${plain}:${port}` };
    }
    if (plain !== undefined && NAME.test(plain)) {
      return { host: plain, target: `dns:${plain}:${port}` };
    }
  }
  throw new BrokerError('CONFIG_INVALID', 'the address of the core is not host:port');
}

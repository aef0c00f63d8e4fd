import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What the proxy does with bytes. */
type Mode = 'forward' | 'blackhole' | 'refuse';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A TCP proxy that fails on command: it stands between two programs and does to their connection what networks do. What it
 * cannot do is repeat or swap messages: inside TLS that is the end of the connection, as `corrupt` shows.
 */
export class TcpProxy {
  readonly #listener: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<Pair>();
  #mode: Mode = 'forward';
  #delayMs = 0;
  #corruptNext = false;
  #accepted = 0;

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#listener = createServer((client) => {
      this.#accept(client);
    });
  }

  /** Listens on a free port of the loopback. */
  static async start(port: number, host = '127.0.0.1'): Promise<TcpProxy> {
    const proxy = new TcpProxy({ host, port });
    await new Promise<void>((resolve, reject) => {
      proxy.#listener.once('error', reject);
      proxy.#listener.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** `host:port` to dial. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Connections made so far, those that were refused included. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Connections that stand. */
  get open(): number {
    return this.#pairs.size;
  }

  /** Everything as it should be, for old connections that still stand and for new ones. Held-back bytes are lost. */
  restore(): void {
    this.#mode = 'forward';
    this.#delayMs = 0;
  }

  /** Resets every connection, and every new one until `restore`. */
  cut(): void {
    this.#mode = 'refuse';
    this.reset();
  }

  /** Resets every connection; new ones are served. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Connections stay open, and not a byte passes: what a half-open peer looks like. */
  blackhole(): void {
    this.#mode = 'blackhole';
  }

  /** Every piece of data takes so many ms longer, in order. */
  delay(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  /** Flips a bit of the next piece of data to the client. */
  corrupt(): void {
    this.#corruptNext = true;
  }

  async stop(): Promise<void> {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    await new Promise<void>((resolve) => {
      this.#listener.close(() => {
        resolve();
      });
    });
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    if (this.#mode === 'refuse') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.#target);
    client.setNoDelay(true);
    server.setNoDelay(true);
    const pair = { client, server };
    this.#pairs.add(pair);
    this.#forward(client, server, false);
    this.#forward(server, client, true);
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#pairs.delete(pair);
      });
    }
  }

  #forward(from: Socket, to: Socket, toClient: boolean): void {
    const pass = (action: () => void): void => {
      // A timer of its own for each piece keeps their order: Node fires timers of one length in the order they were set.
      if (this.#delayMs > 0) setTimeout(action, this.#delayMs);
      else action();
    };
    from.on('data', (data: Buffer) => {
      if (this.#mode === 'blackhole') return;
      if (toClient && this.#corruptNext) {
        this.#corruptNext = false;
        const last = data.length - 1;
        data.writeUInt8(data.readUInt8(last) ^ 1, last);
      }
      pass(() => {
        if (!to.destroyed) to.write(data);
      });
    });
    from.on('end', () => {
      if (this.#mode !== 'blackhole') pass(() => to.end());
    });
    from.on('close', () => {
      if (this.#mode !== 'blackhole') pass(() => to.destroy());
    });
  }
}

import { Server } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { interceptHttp2 } from '../../../src/grpc/http2-server.ts';

describe('the way to the HTTP/2 side of grpc-js', () => {
  it('is there in the version we are built for', () => {
    const server = new Server();
    expect(interceptHttp2(server, () => undefined).injector).toBeDefined();
    server.forceShutdown();
  });

  it('is refused when grpc-js is built differently, instead of serving unguarded', () => {
    for (const change of [
      (server: Server) => Object.assign(server, { createConnectionInjector: () => ({}) }),
      (server: Server) =>
        Object.assign(server, { createConnectionInjector: () => ({}), http2Servers: {} }),
    ]) {
      const server = change(new Server());
      expect(() => interceptHttp2(server, () => undefined)).toThrow('built differently');
    }
  });
});

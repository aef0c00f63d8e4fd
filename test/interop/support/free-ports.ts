import { createServer } from 'node:net';

/** Ports that were free a moment ago, no two the same: for programs that cannot tell which one they were given. */
export async function freePorts(count: 2): Promise<readonly [number, number]>;
export async function freePorts(count: 4): Promise<readonly [number, number, number, number]>;
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
        }),
    ),
  );
  return ports;
}

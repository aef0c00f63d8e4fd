import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { callLocal } from '../../../src/cli/local/call-local.ts';
import type { GatewayStatus } from '../../../src/generated/cryptobroker/gateway/v1/status.ts';
import { CORE_ADMIN, GATEWAY_STATUS } from '../../../src/uplink-wire/index.ts';
import { CLIENT_IDENTITY, GATEWAY_IDENTITY, type BenchCertificates } from './certificates.ts';
import { freePort } from './free-port.ts';
import { ServerProcess } from '../../harness/server-process.ts';
import type { Subject } from './subject.ts';

/** The compiled command line: what is installed is measured, not what is in the editor. */
const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'dist', 'bin', 'cryptobroker.js');

const TENANT = 'bench';
const SERVICE = 'payments';
const START_MS = 30_000;
const COMMAND_MS = 30_000;
/** Keys wait in the outbox for the Core; a disk that takes a few hundred a second needs this long for a minute's. */
const SETTLE_MS = 180_000;

export interface GatewayOptions {
  /** Where everything of it is put. */
  readonly directory: string;
  readonly certificates: BenchCertificates;
  /** Flags of Node for the Gateway, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
  /** `quiet`: no line for a request. */
  readonly log: 'log' | 'quiet';
}

export interface GatewaySubject extends Subject {
  status(): Promise<GatewayStatus>;
  /** Keys that the Core does not know of yet. */
  backlog(): Promise<number>;
}

/**
 * A Core and a Gateway enrolled with it, as `cryptobroker core` and `cryptobroker gateway` run them: FIPS required, keys
 * registered with the Core while they are being made.
 */
export async function startGateway(options: GatewayOptions): Promise<GatewaySubject> {
  const { directory, certificates } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const core = await startCore(options);
  let gateway: ServerProcess | undefined;
  const stop = async (): Promise<void> => {
    await gateway?.stop();
    await core.process.stop();
  };
  try {
    await declare(core.adminSocket, certificates);
    const port = await freePort();
    const statusSocket = join(directory, 'gateway.sock');
    gateway = new ServerProcess(
      [
        process.execPath,
        ...[...(options.nodeFlags ?? []), PROGRAM, 'gateway'],
        ...[
          '--listen',
          `127.0.0.1:${port}`,
          '--log-level',
          options.log === 'log' ? 'info' : 'warn',
        ],
        ...['--cert', certificates.server.certificate, '--key', certificates.server.key],
        ...['--vault-dir', join(directory, 'vault'), '--status-socket', statusSocket],
        ...['--sealing-key', join(directory, 'sealing.pem')],
        ...['--core', `127.0.0.1:${core.port}`, '--core-identity', 'localhost'],
        ...['--core-ca', certificates.ca, '--core-cert', certificates.gateway.certificate],
        ...['--core-key', certificates.gateway.key],
      ],
      join(directory, 'gateway.log'),
    );
    const status = (): Promise<GatewayStatus> =>
      callLocal(statusSocket, GATEWAY_STATUS.getStatus, {});
    const ready = async (): Promise<true | undefined> => {
      const { link, serviceKeys } = await status();
      return link?.state === 'linked' && serviceKeys.some(({ wraps }) => wraps) ? true : undefined;
    };
    await gateway.until('the Gateway', ready, START_MS);
    const backlog = async (): Promise<number> => Number((await status()).outbox?.depth ?? 0n);
    const { ca, client } = certificates;
    const running = gateway;
    return {
      name: options.log === 'log' ? 'gateway' : 'gateway-quiet',
      endpoint: { port, ca, ...client },
      processes: { gateway: gateway.pid, core: core.process.pid },
      status,
      backlog,
      settle: async () => {
        const drained = async (): Promise<true | undefined> =>
          (await backlog()) === 0 ? true : undefined;
        await running.until('the outbox', drained, SETTLE_MS);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface RunningCore {
  readonly process: ServerProcess;
  readonly port: number;
  readonly adminSocket: string;
}

async function startCore({ directory, certificates }: GatewayOptions): Promise<RunningCore> {
  const port = await freePort();
  const adminSocket = join(directory, 'core.sock');
  const rootSecret = join(directory, 'root-secret');
  await command('core', 'root-secret', rootSecret);
  const core = new ServerProcess(
    [
      process.execPath,
      ...[PROGRAM, 'core', '--listen', `127.0.0.1:${port}`],
      ...['--cert', certificates.server.certificate, '--key', certificates.server.key],
      ...['--gateway-ca', certificates.ca, '--data-dir', join(directory, 'core')],
      ...['--root-secret-file', rootSecret, '--admin-socket', adminSocket],
    ],
    join(directory, 'core.log'),
  );
  try {
    await core.until('the Core', () => callLocal(adminSocket, CORE_ADMIN.getStatus, {}), START_MS);
  } catch (error) {
    await core.stop();
    throw error;
  }
  return { process: core, port, adminSocket };
}

async function declare(adminSocket: string, { ca }: BenchCertificates): Promise<void> {
  const admin = (...args: readonly string[]): Promise<void> =>
    command('core', ...args, '--admin-socket', adminSocket);
  await admin(
    ...['tenant', 'create', TENANT, '--client-ca', ca],
    ...['--rule', `${SERVICE}=spiffe:${CLIENT_IDENTITY}`],
  );
  await admin('service', 'create', TENANT, SERVICE, '--policy', 'activate-on-create=true');
  await admin(
    ...['gateway', 'create', 'gateway-1', '--identity', GATEWAY_IDENTITY],
    ...['--scope', `${TENANT}/${SERVICE}`],
  );
}

async function command(...args: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [PROGRAM, ...args], { timeout: COMMAND_MS });
}

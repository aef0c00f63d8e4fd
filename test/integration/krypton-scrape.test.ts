import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS, type MetricProgram } from '../../src/telemetry/metrics/catalogue.ts';
import { CORE_ADMIN } from '../../src/uplink-wire/index.ts';
import { failureOf } from '../support/failures.ts';
import { cryptobroker, type Ended } from '../support/programs.ts';
import { AES256, Krypton, stopEverything, TENANT } from './support/krypton.ts';
import { PROGRAM_ENVIRONMENT, type KryptonProcess } from './support/krypton-process.ts';
import { refusalOf } from './support/krypton-refusal.ts';
import { eventually } from './support/krypton-wait.ts';

const LISTEN = ['--telemetry-listen', '127.0.0.1:0'];

let krypton: Krypton;
/** Read again by the Gateway at each of its starts. */
const gatewayArgs = [...LISTEN];

beforeAll(async () => {
  krypton = await Krypton.start({ gateway: { args: gatewayArgs }, coreArgs: LISTEN });
}, 60_000);
afterAll(stopEverything);

/** Asks a program on its telemetry port. */
async function ask(program: KryptonProcess, path: string): Promise<Response> {
  const line = program
    .log()
    .split('\n')
    .find((one) => one.includes('listening for metrics and probes'));
  const { address } = JSON.parse(line ?? '{}') as { address?: string };
  return await fetch(`http://${address}${path}`, { signal: AbortSignal.timeout(5000) });
}

/** Every series that a program exposes. */
async function scrape(program: KryptonProcess): Promise<ReadonlyMap<string, number>> {
  const text = await (await ask(program, '/metrics')).text();
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    series.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Only there when something is exported, which nothing is here. */
const OF_EXPORTERS = 'crypto_telemetry_items_total';

/** Waits until a program has exposed every metric that the catalogue has for it. */
async function whenComplete(program: KryptonProcess, kind: MetricProgram): Promise<void> {
  const missing = new Set(
    Object.entries(METRICS)
      .filter(([, { programs }]) => (programs as readonly string[]).includes(kind))
      .map(([name]) => name)
      .filter((name) => name !== OF_EXPORTERS),
  );
  await eventually(`all metrics of the ${kind}`, async () => {
    for (const series of (await scrape(program)).keys()) {
      const name = series.replace(/[{].*/, '');
      for (const one of [name, name.replace(/_(?:bucket|sum|count)$/, '')]) missing.delete(one);
    }
    // What is measured between two readings has no value when one follows at once.
    expect([...missing]).toEqual([]);
    return true;
  });
}

async function whenGateway(series: string, value: number): Promise<void> {
  await eventually(`${series} ${value}`, async () =>
    (await scrape(krypton.gateway.process)).get(series) === value ? true : undefined,
  );
}

async function health(...args: readonly string[]): Promise<Ended> {
  const env = {
    ...PROGRAM_ENVIRONMENT,
    CRYPTO_BROKER_CORE_ADMIN_SOCKET: krypton.core.adminSocket,
    CRYPTO_BROKER_GATEWAY_STATUS_SOCKET: krypton.gateway.statusSocket,
  };
  return await cryptobroker(args, { env, cwd: krypton.directory, timeoutMs: 20_000 });
}

describe('the metrics of the catalogue', () => {
  it('are all exposed by the program that they are listed for', async () => {
    const client = await krypton.connect({ version: 14 });
    await client.create(AES256);
    await client.locate();
    // A stranger is not served, and that is counted.
    const leaf = await krypton.certificates.issue('strangers', {
      ...{ names: { uri: ['spiffe://nobody/at/all'] }, usage: 'client' },
    });
    await failureOf(() => krypton.connect({ leaf }));
    await krypton.core.admin(CORE_ADMIN.getStatus, {});
    await whenComplete(krypton.gateway.process, 'gateway');
    await whenComplete(krypton.core.process, 'core');
  });

  it('have the ends of every certificate in use', async () => {
    const names = [...(await scrape(krypton.gateway.process)).keys()]
      .concat([...(await scrape(krypton.core.process)).keys()])
      .flatMap((name) => /^crypto_certificate_.*certificate="([^"]*)"/.exec(name)?.[1] ?? []);
    expect(names.toSorted()).toEqual([
      ...['core-ca', 'core-server', 'gateway-ca', 'kmip-server', `tenant-ca:${TENANT}`],
      'uplink-client',
    ]);
  });
});

describe('probes', () => {
  it('find Gateway and Core alive and ready, by command and by HTTP', async () => {
    for (const program of ['gateway', 'core'] as const) {
      for (const flag of ['--live', '--ready']) {
        const { exit, out } = await health(program, 'health', flag);
        expect({ exit, out: out.toString() }).toEqual({ exit: 0, out: 'SERVING\n' });
      }
      for (const path of ['/livez', '/readyz']) {
        expect((await ask(krypton[program].process, path)).status).toBe(200);
      }
    }
  }, 30_000);

  it('find a Gateway alive and ready whose link is cut: it serves from what it has', async () => {
    await krypton.cut();
    expect((await health('gateway', 'health', '--live')).exit).toBe(0);
    expect((await health('gateway', 'health')).exit).toBe(0);
    expect((await ask(krypton.gateway.process, '/readyz')).status).toBe(200);
    await krypton.restore();
  }, 30_000);

  it('know within two seconds of a Gateway that does not answer', async () => {
    krypton.gateway.process.signal('SIGSTOP');
    try {
      const startedAt = performance.now();
      const { exit, error } = await health('gateway', 'health', '--live');
      expect(exit).toBe(1);
      expect(error).toContain('nothing answers');
      // The deadline, and the start of a program from its sources on a busy machine.
      expect(performance.now() - startedAt).toBeLessThan(6000);
    } finally {
      krypton.gateway.process.signal('SIGCONT');
    }
    await krypton.gateway.whenLinked();
  }, 30_000);

  it('fail for programs that do not run, and for two questions at once', async () => {
    const nobody = await health('gateway', 'health', '--status-socket', '/nowhere/at.sock');
    expect(nobody.exit).toBe(1);
    expect(nobody.error).toContain('LOCAL_UNREACHABLE');
    expect((await health('core', 'health', '--live', '--ready')).exit).toBe(2);
  }, 30_000);
});

describe('a Gateway whose disk is full', () => {
  it('is alive and ready, serves the keys it has, and says that it takes no new ones', async () => {
    const client = await krypton.connect({ version: 14 });
    const { uid } = await client.create(AES256);
    await krypton.disconnect();
    await krypton.gateway.stop();
    gatewayArgs.push('--minimum-free-mib', '1048576');
    await krypton.gateway.start();
    await krypton.gateway.whenLinked();
    await whenGateway('krypton_vault_writable', 0);
    const again = await krypton.connect({ version: 14 });
    await refusalOf(again.create(AES256));
    expect((await again.get(uid)).material).toHaveLength(32);
    expect((await scrape(krypton.gateway.process)).get('krypton_ready')).toBe(1);
    expect((await health('gateway', 'health', '--live')).exit).toBe(0);
    expect((await health('gateway', 'health', '--ready')).exit).toBe(0);
  }, 60_000);
});

import { describe, expect, it } from 'vitest';
import { announceSkip } from '../../support/environment.ts';
import { TRANSPORTS } from '../support/transports.ts';
import { attacked } from './support/attack.ts';
import { descriptorLimit, gatherCrowd } from './support/crowd.ts';
import { answered, BODY, startWireBroker } from './support/wire.ts';

const MIB = 1024 * 1024;
const CROWD = 10_000;
/** Connections that one socket of the server takes (src/bin/run-server.ts). */
const PLACES = 1024;

const crowdFits = descriptorLimit > CROWD + 200;
if (!crowdFits) {
  announceSkip(
    `${CROWD} connections at once`,
    `A process may have ${descriptorLimit} files open here; more with: ulimit -Hn ${2 * CROWD}`,
  );
}

describe.runIf(crowdFits).each(TRANSPORTS)('over %s', (transport) => {
  it(`a server meets ${CROWD} idle connections with its ${PLACES} places and refuses the rest`, async () => {
    await attacked(
      transport,
      async ({ server, socket, connect }) => {
        const crowd = gatherCrowd(socket, CROWD);
        await crowd.until(({ open }) => open === CROWD);
        // One place is the healthy client's.
        const refused = CROWD - (PLACES - 1);
        const tally = await crowd.until(({ ended }) => ended >= refused);
        expect(tally).toEqual({ open: CROWD, ended: refused });
        await (await connect()).end();
        const said = server.lines.filter(({ msg }) => msg === 'too many connections');
        // node:net closes what it has no place for without a word.
        expect(said).toHaveLength(transport === 'native' ? 1 : 0);
        await crowd.kill();
      },
      { growthMiB: transport === 'native' ? 60 : 150 },
    );
  });
});

it.runIf(crowdFits)(
  `the native transport holds ${CROWD} idle connections when it may, beside those that make calls`,
  async () => {
    const { connect, socket, broker } = await startWireBroker('native', {
      limits: { maxConnections: CROWD + 1 },
    });
    const healthy = await connect();
    const callTimes = async (times: number): Promise<void> => {
      for (let call = 0; call < times; call += 1) {
        expect(answered(await healthy.call({ body: BODY }))).toBe(true);
      }
    };
    await callTimes(20);
    const before = process.memoryUsage.rss();
    const crowd = gatherCrowd(socket, CROWD);
    const [tally] = await Promise.all([
      crowd.until(({ open }) => open === CROWD),
      // Meanwhile and, once they are all there, among them.
      callTimes(200),
    ]);
    await callTimes(200);
    expect(tally.ended).toBe(0);
    await expect.poll(() => broker.stats().connections).toBe(CROWD + 1);
    // 9 KiB each, as measured.
    expect((process.memoryUsage.rss() - before) / MIB).toBeLessThan(200);
    await crowd.kill();
    await expect.poll(() => broker.stats().connections, { timeout: 10_000 }).toBe(1);
    await callTimes(20);
  },
  30_000,
);

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, describe, expect, it } from 'vitest';

import { brokerReport } from '../../../../bench/broker/report/broker-report.ts';
import { htmlReport } from '../../../../bench/broker/report/html/html-report.ts';
import { html } from '../../../../bench/broker/report/html/markup.ts';
import { linearScale, logScale } from '../../../../bench/broker/report/html/scale.ts';
import { announceSkip } from '../../../support/environment.ts';
import { sampleComparison } from '../samples.ts';
import { sampleMeasurements } from './samples.ts';

const page = htmlReport(
  brokerReport({
    facts: [{ label: 'CPU', value: 'a <b> & "c"' }],
    measurements: sampleMeasurements(),
    inside: [sampleComparison()],
    rounds: 3,
  }),
);

describe('markup', () => {
  it('makes text of everything that is not markup', () => {
    expect(html`<p title="${'"'}">${'<b>'}${html`<i>${1}</i>`}</p>`.text).toBe(
      '<p title="&quot;">&lt;b&gt;<i>1</i></p>',
    );
  });
});

describe('a scale', () => {
  it('goes from nothing to a round number above the largest value', () => {
    const { ticks, place } = linearScale(87, 100, 0);
    expect(ticks).toEqual([0, 20, 40, 60, 80, 100]);
    expect(place(0)).toBe(100);
    expect(place(100)).toBe(0);
  });

  it('goes from one power of ten to another', () => {
    const { ticks, place } = logScale(3, 450, 0, 300);
    expect(ticks).toEqual([1, 10, 100, 1000]);
    expect(place(10)).toBeCloseTo(100);
  });

  it('has room for a single value', () => {
    expect(logScale(10, 10, 0, 1).ticks).toEqual([10, 100]);
    expect(linearScale(0, 0, 1).ticks.length).toBeGreaterThan(1);
  });
});

describe('the page', () => {
  it('needs nothing from anywhere else', () => {
    expect(page).not.toMatch(/https?:\/\/|<link|<script|@import|url\(/);
  });

  it('escapes what the machine says of itself', () => {
    expect(page).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
  });

  it('plots latency, throughput, processor time, stages, certificates and sizes', () => {
    const titles = [...page.matchAll(/<figcaption>([^<]+)</g)].map(([, title]) => title ?? '');
    expect(titles).toHaveLength(10);
    for (const word of ['Latency', 'against calls in flight', 'stage by stage', 'Certificates']) {
      expect(titles.some((title) => title.includes(word))).toBe(true);
    }
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('has no plots where nothing was measured', () => {
    const empty = htmlReport(
      brokerReport({
        ...{ facts: [], inside: [], rounds: 1 },
        measurements: {
          ...{ cases: [], starts: new Map(), peaks: new Map(), overloads: new Map() },
          ...{ abuses: new Map(), stages: new Map(), missing: new Map() },
        },
      }),
    );
    expect(empty).not.toContain('<figure');
  });
});

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);
if (browser === undefined) {
  announceSkip('the page in a real browser', 'install chromium (Debian: apt-get install chromium)');
}

describe.skipIf(browser === undefined)('in a browser', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-page-'));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const open = (...args: readonly string[]) => {
    const file = join(directory, 'report.html');
    writeFileSync(file, page);
    return spawnSync(
      browser ?? '',
      [
        ...['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', ...args],
        ...[`--user-data-dir=${join(directory, 'profile')}`, pathToFileURL(file).href],
      ],
      { encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 26 },
    );
  };

  it('every plot is drawn and every table filled', { timeout: 90_000 }, () => {
    const { status, stdout } = open('--dump-dom');
    expect(status).toBe(0);
    // As the browser has understood it: whatever stood in the wrong place would be elsewhere now.
    expect(stdout.match(/<svg/g)).toHaveLength(10);
    expect(stdout.match(/<figure>\s*<figcaption>[^<]+<\/figcaption>\s*<svg/g)).toHaveLength(10);
    expect(stdout.match(/<polyline/g)?.length).toBeGreaterThan(20);
    expect(stdout).not.toMatch(/<(td|tr)[^>]*><\/table>/);
  });

  it('the page can be photographed', { timeout: 90_000 }, () => {
    const picture = join(directory, 'report.png');
    const { status } = open('--window-size=1280,2400', `--screenshot=${picture}`);
    expect(status).toBe(0);
    // A PNG, and one with something on it: an empty page of this size takes a few kilobytes.
    const bytes = readFileSync(picture);
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(bytes.byteLength).toBeGreaterThan(100_000);
  });
});

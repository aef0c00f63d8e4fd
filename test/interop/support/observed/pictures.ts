import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chosen, PROGRAM_OF, type Dashboard } from '../../../unit/observability/shipped.ts';
import type { RunningPrometheus } from '../prometheus.ts';
import { dashboardPage, PAGE_WIDTH, pageHeight, type PanelData } from './dashboard-page.ts';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Draws each dashboard from what Prometheus answers to its expressions over the last `seconds`, and has a browser make a
 * picture of it: DIRECTORY/UID.png. No Grafana takes part, so the picture says so. Returns the files.
 */
export async function picturesOf(
  prometheus: RunningPrometheus,
  dashboards: readonly Dashboard[],
  { directory, seconds }: { readonly directory: string; readonly seconds: number },
): Promise<readonly string[]> {
  const browser = BROWSERS.find((path) => existsSync(path));
  if (browser === undefined) throw new Error('pictures need chromium');
  mkdirSync(directory, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'cryptobroker-pictures-'));
  const to = Date.now() / 1000;
  try {
    const files: string[] = [];
    for (const dashboard of dashboards) {
      const data = await dataOf(prometheus, dashboard, to - seconds, to);
      const page = join(scratch, `${dashboard.uid}.html`);
      writeFileSync(page, dashboardPage(dashboard, data));
      const picture = resolve(directory, `${dashboard.uid}.png`);
      const { status, stderr } = spawnSync(
        browser,
        [
          ...[
            '--headless=new',
            '--no-sandbox',
            '--disable-gpu',
            '--no-first-run',
            '--hide-scrollbars',
          ],
          `--window-size=${PAGE_WIDTH},${pageHeight(dashboard)}`,
          `--user-data-dir=${join(scratch, 'profile')}`,
          `--screenshot=${picture}`,
          pathToFileURL(page).href,
        ],
        { encoding: 'utf8', timeout: 60_000 },
      );
      if (status !== 0) throw new Error(`the browser draws nothing: ${stderr}`);
      files.push(picture);
    }
    return files;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function dataOf(
  prometheus: RunningPrometheus,
  { uid, panels }: Dashboard,
  from: number,
  to: number,
): Promise<ReadonlyMap<number, PanelData>> {
  const found = new Map<number, PanelData>();
  for (const { id, targets = [] } of panels) {
    const lines: PanelData[number][] = [];
    for (const { expr, legendFormat } of targets) {
      for (const { metric, values } of await prometheus.range(
        chosen(expr, PROGRAM_OF[uid]),
        from,
        to,
        2,
      )) {
        const name = legendFormat.replaceAll(
          /\{\{(\w+)\}\}/g,
          (_, label: string) => metric[label] ?? '',
        );
        const points = values.map(([second, text]) => [second, Number(text)] as const);
        lines.push({ name, points: points.filter(([, value]) => Number.isFinite(value)) });
      }
    }
    found.set(id, lines);
  }
  return found;
}

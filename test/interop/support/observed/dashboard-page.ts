import { html, type Markup } from '../../../../bench/broker/report/html/markup.ts';
import { linearScale } from '../../../../bench/broker/report/html/scale.ts';
import { axisNumber, colour, type Series } from '../../../../bench/broker/report/html/series.ts';
import type { Dashboard, DashboardPanel } from '../../../unit/observability/shipped.ts';

/** The series of one panel. */
export type PanelData = readonly Series[];

export const PAGE_WIDTH = 1440;
const COLUMN = PAGE_WIDTH / 24;
const ROW = 34;
const HEAD = 56;

interface Field {
  readonly unit: string;
  readonly thresholds?: { readonly steps: readonly { value: number | null; color: string }[] };
  readonly mappings?: readonly { readonly options: Readonly<Record<string, { text: string }>> }[];
}

const COLOURS: Readonly<Record<string, string>> = {
  green: '#0a7d4f',
  orange: '#b96a00',
  red: '#b3261e',
};

export function pageHeight({ panels }: Dashboard): number {
  return HEAD + ROW * Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)) + 8;
}

/** A page that stands where Grafana would: the same panels in the same places, from the same answers. */
export function dashboardPage(dashboard: Dashboard, data: ReadonlyMap<number, PanelData>): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${dashboard.title}</title>
        <style>
          body {
            margin: 0;
            background: #f4f5f7;
            color: #1c2024;
            font:
              12px/1.4 system-ui,
              sans-serif;
            position: relative;
          }
          h1 {
            font-size: 18px;
            margin: 0;
            padding: 14px 12px;
          }
          h1 small {
            font-weight: 400;
            color: #5b636c;
            font-size: 12px;
            margin-left: 12px;
          }
          .panel {
            position: absolute;
            box-sizing: border-box;
            padding: 3px;
          }
          .panel > div {
            background: #fff;
            border: 1px solid #dfe3e8;
            border-radius: 4px;
            height: 100%;
            box-sizing: border-box;
            padding: 6px 8px;
            overflow: hidden;
          }
          .row {
            font-weight: 600;
            font-size: 14px;
            padding: 8px 6px;
          }
          b {
            display: block;
            font-weight: 600;
          }
          .figure {
            font-size: 24px;
            font-weight: 600;
            margin-top: 10px;
          }
          .figures {
            display: flex;
            gap: 28px;
            flex-wrap: wrap;
          }
          .figures span {
            display: block;
            font-size: 11px;
            font-weight: 400;
            color: #5b636c;
          }
          svg {
            display: block;
          }
          .grid {
            stroke: #e8ebef;
          }
          text {
            fill: #5b636c;
            font-size: 10px;
          }
          .legend {
            color: #5b636c;
            font-size: 10px;
            height: 16px;
            overflow: hidden;
          }
          .legend i {
            display: inline-block;
            width: 10px;
            height: 3px;
            margin: 0 4px 2px 8px;
          }
        </style>
      </head>
      <body>
        <h1>
          ${dashboard.title}<small
            >drawn from the answers of Prometheus to the dashboard's own queries</small
          >
        </h1>
        ${dashboard.panels.map((panel) => placed(panel, data.get(panel.id) ?? []))}
      </body>
    </html>`.text;
}

function placed(panel: DashboardPanel, series: PanelData): Markup {
  const { x, y, w, h } = panel.gridPos;
  const box = `left:${x * COLUMN}px;top:${HEAD + y * ROW}px;width:${w * COLUMN}px;height:${h * ROW}px`;
  if (panel.type === 'row') {
    return html`<div class="panel row" style="${box}">${panel.title}</div>`;
  }
  const field = fieldOf(panel);
  const body =
    panel.type === 'stat'
      ? figures(series, field)
      : plot(series, field, w * COLUMN - 24, h * ROW - 62);
  return html`<div class="panel" style="${box}">
    <div><b>${panel.title}</b>${body}</div>
  </div>`;
}

function fieldOf(panel: DashboardPanel): Field {
  const { fieldConfig } = panel as unknown as { fieldConfig: { defaults: Field } };
  return fieldConfig.defaults;
}

function figures(series: PanelData, field: Field): Markup {
  const shown = series.flatMap(({ name, points }) => {
    const last = points.at(-1)?.[1];
    if (last === undefined) return [];
    const text = field.mappings?.[0]?.options[String(last)]?.text ?? amount(last, field.unit);
    const step = field.thresholds?.steps.findLast(({ value }) => value === null || last >= value);
    const ink = COLOURS[step?.color ?? ''] ?? '#1c2024';
    return [
      html`<div class="figure" style="color:${ink}">${text}<span>${shortened(name)}</span></div>`,
    ];
  });
  return html`<div class="figures">${shown}</div>`;
}

/** Names of profiles' files are hashes: their beginning tells them apart. */
function shortened(name: string): string {
  return name.replaceAll(/\b([0-9a-f]{12})[0-9a-f]{20,}\b/g, '$1…');
}

function plot(series: PanelData, field: Field, width: number, height: number): Markup {
  const left = 64;
  const all = series.flatMap(({ points }) => points);
  if (all.length === 0) return html`<p style="color:#5b636c">No data</p>`;
  const y = linearScale(Math.max(...all.map(([, value]) => value)) || 1, height - 16, 6);
  const seconds = all.map(([second]) => second);
  const [from, to] = [Math.min(...seconds), Math.max(...seconds)];
  const x = (second: number): number =>
    left + ((second - from) / Math.max(to - from, 1)) * (width - left - 8);
  const grid = y.ticks.map(
    (tick) =>
      html`<line
          class="grid"
          x1="${left}"
          x2="${width - 8}"
          y1="${y.place(tick)}"
          y2="${y.place(tick)}"
        />
        <text x="${left - 6}" y="${y.place(tick) + 3}" text-anchor="end"
          >${amount(tick, field.unit)}</text
        >`,
  );
  const times = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const second = from + part * (to - from);
    return html`<text x="${x(second)}" y="${height - 2}" text-anchor="middle"
      >${clock(second)}</text
    >`;
  });
  const drawn = series.map(({ points }, index) => {
    const path = points.map(([second, value]) => `${x(second)},${y.place(value)}`).join(' ');
    return html`<polyline
      points="${path}"
      fill="none"
      stroke="${colour(index)}"
      stroke-width="1.5"
    />`;
  });
  const legend = series.map(
    ({ name }, index) => html`<i style="background:${colour(index)}"></i>${shortened(name)}`,
  );
  return html`<svg width="${width}" height="${height}">${grid}${times}${drawn}</svg>
    <div class="legend">${legend}</div>`;
}

function clock(second: number): string {
  return new Date(second * 1000).toISOString().slice(11, 19);
}

/** A value as Grafana shows it in this unit, or near enough. */
function amount(value: number, unit: string): string {
  const short = (number: number): string => String(Number(number.toPrecision(3)));
  if (unit === 's') {
    if (value === 0) return '0 s';
    if (value < 0.001) return `${short(value * 1e6)} µs`;
    if (value < 1) return `${short(value * 1e3)} ms`;
    if (value < 120) return `${short(value)} s`;
    if (value < 7200) return `${short(value / 60)} min`;
    return value < 172_800 ? `${short(value / 3600)} h` : `${short(value / 86_400)} d`;
  }
  if (unit === 'percentunit') return `${short(value * 100)} %`;
  if (unit === 'bytes' || unit === 'Bps') {
    const suffix = unit === 'Bps' ? '/s' : '';
    if (value >= 2 ** 30) return `${short(value / 2 ** 30)} GiB${suffix}`;
    if (value >= 2 ** 20) return `${short(value / 2 ** 20)} MiB${suffix}`;
    return value >= 1024 ? `${short(value / 1024)} KiB${suffix}` : `${short(value)} B${suffix}`;
  }
  const perSecond = ['reqps', 'cps', 'ops'].includes(unit) ? '/s' : '';
  return `${axisNumber(value)}${perSecond}`;
}

import { html, type Markup } from './markup.ts';
import { linearScale, logScale } from './scale.ts';
import { axisNumber, colour, type Series } from './series.ts';

export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly yScale: 'linear' | 'log';
  /** Places along the axis, each with its label; points stand on these. */
  readonly xTicks: readonly (readonly [x: number, label: string])[];
  readonly series: readonly Series[];
}

const WIDTH = 560;
const HEIGHT = 320;
const LEFT = 64;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 44;

/** Lines over an axis whose ticks are given; the space between ticks is equal. Empty without points. */
export function lineChart(chart: LineChart): Markup {
  const values = chart.series.flatMap(({ points }) => points.map(([, y]) => y));
  if (values.length === 0) return html``;
  const y =
    chart.yScale === 'log'
      ? logScale(Math.min(...values), Math.max(...values), HEIGHT - BOTTOM, TOP)
      : linearScale(Math.max(...values), HEIGHT - BOTTOM, TOP);
  const step = (WIDTH - LEFT - RIGHT) / Math.max(chart.xTicks.length - 1, 1);
  const x = (value: number): number =>
    LEFT + step * chart.xTicks.findIndex(([tick]) => tick === value);

  const grid = y.ticks.map(
    (tick) =>
      html`<line
          class="grid"
          x1="${LEFT}"
          x2="${WIDTH - RIGHT}"
          y1="${y.place(tick)}"
          y2="${y.place(tick)}"
        />
        <text class="tick" x="${LEFT - 8}" y="${y.place(tick) + 4}" text-anchor="end"
          >${axisNumber(tick)}</text
        >`,
  );
  const below = chart.xTicks.map(
    ([tick, label]) =>
      html`<text class="tick" x="${x(tick)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle"
        >${label}</text
      >`,
  );
  const lines = chart.series.map(({ name, points }, index) => {
    const path = points.map(([px, py]) => `${x(px)},${y.place(py)}`).join(' ');
    const dots = points.map(
      ([px, py]) =>
        html`<circle cx="${x(px)}" cy="${y.place(py)}" r="3.5" fill="${colour(index)}"
          ><title>${name}: ${axisNumber(py)} ${chart.yLabel} at ${px}</title></circle
        >`,
    );
    return html`<polyline
        points="${path}"
        fill="none"
        stroke="${colour(index)}"
        stroke-width="2"
      />${dots}`;
  });
  return html`<figure>
    <figcaption>${chart.title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${chart.title}">
      ${grid}${below}
      <text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">
        ${chart.xLabel}
      </text>
      <text
        class="axis"
        transform="rotate(-90)"
        x="${-(TOP + HEIGHT - BOTTOM) / 2}"
        y="14"
        text-anchor="middle"
      >
        ${chart.yLabel}
      </text>
      ${lines}</svg
    >${legend(chart.series.map(({ name, points }) => (points.length === 0 ? undefined : name)))}
  </figure>`;
}

/** Names with their colours, in the order of the series; undefined: not drawn, but its colour is taken. */
export function legend(names: readonly (string | undefined)[]): Markup {
  const entries = names.map((name, index) =>
    name === undefined
      ? html``
      : html`<li><span style="background:${colour(index)}"></span>${name}</li>`,
  );
  return html`<ul class="legend">
    ${entries}
  </ul>`;
}

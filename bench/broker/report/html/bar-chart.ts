import { legend } from './line-chart.ts';
import { html, type Markup } from './markup.ts';
import { linearScale } from './scale.ts';
import { axisNumber, colour } from './series.ts';

export interface BarChart {
  readonly title: string;
  readonly valueLabel: string;
  /** What the parts of a bar, or the bars of a group, are. */
  readonly parts: readonly string[];
  readonly groups: readonly BarGroup[];
  /** `beside`: a bar for each part; `stacked`: one bar of all parts. */
  readonly layout: 'beside' | 'stacked';
}

export interface BarGroup {
  readonly name: string;
  /** One for each part; undefined: not measured. */
  readonly values: readonly (number | undefined)[];
}

const WIDTH = 560;
const LEFT = 184;
const RIGHT = 60;
const TOP = 8;
const BAR = 14;
const GAP = 12;
const BOTTOM = 40;

/** Bars from left to right, a group below the other. Empty without values. */
export function barChart(chart: BarChart): Markup {
  const groups = chart.groups.filter(({ values }) => values.some((value) => value !== undefined));
  if (groups.length === 0) return html``;
  const bars = chart.layout === 'stacked' ? 1 : chart.parts.length;
  const height = TOP + groups.length * (bars * BAR + GAP) + BOTTOM;
  const lengths = groups.map(({ values }) =>
    chart.layout === 'stacked'
      ? values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
      : Math.max(...values.map((value) => value ?? 0)),
  );
  const scale = linearScale(Math.max(...lengths), LEFT, WIDTH - RIGHT);
  const grid = scale.ticks.map(
    (tick) =>
      html`<line
          class="grid"
          x1="${scale.place(tick)}"
          x2="${scale.place(tick)}"
          y1="${TOP}"
          y2="${height - BOTTOM}"
        />
        <text class="tick" x="${scale.place(tick)}" y="${height - BOTTOM + 16}" text-anchor="middle"
          >${axisNumber(tick)}</text
        >`,
  );
  const drawnParts = chart.parts.map((part, index) =>
    groups.some(({ values }) => values[index] !== undefined) ? part : undefined,
  );
  const drawn = groups.map((group, index) => {
    const top = TOP + index * (bars * BAR + GAP);
    const label = html`<text
      class="tick"
      x="${LEFT - 8}"
      y="${top + (bars * BAR) / 2 + 4}"
      text-anchor="end"
      >${group.name}</text
    >`;
    const body =
      chart.layout === 'stacked'
        ? stacked(chart, group, top, scale.place)
        : beside(chart, group, top, scale.place);
    return html`${label}${body}`;
  });
  return html`<figure>
    <figcaption>${chart.title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${chart.title}">
      ${grid}${drawn}
      <text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${height - 6}" text-anchor="middle">
        ${chart.valueLabel}
      </text></svg
    >${legend(drawnParts)}
  </figure>`;
}

type Place = (value: number) => number;

function beside(chart: BarChart, group: BarGroup, top: number, place: Place): readonly Markup[] {
  return group.values.map((value, part) => {
    if (value === undefined) return html``;
    const y = top + part * BAR;
    return html`${bar(chart, group, part, [0, value], y, place)}<text
        class="value"
        x="${place(value) + 5}"
        y="${y + BAR - 4}"
        >${axisNumber(value)}</text
      >`;
  });
}

function stacked(chart: BarChart, group: BarGroup, top: number, place: Place): readonly Markup[] {
  let end = 0;
  const parts = group.values.map((value = 0, part) => {
    const from = end;
    end += value;
    return bar(chart, group, part, [from, end], top, place);
  });
  return [
    ...parts,
    html`<text class="value" x="${place(end) + 5}" y="${top + BAR - 4}">${axisNumber(end)}</text>`,
  ];
}

function bar(
  chart: BarChart,
  group: BarGroup,
  part: number,
  [from, to]: readonly [number, number],
  y: number,
  place: Place,
): Markup {
  const text = `${group.name}, ${chart.parts[part] ?? ''}: ${axisNumber(to - from)} ${chart.valueLabel}`;
  return html`<rect
    x="${place(from)}"
    y="${y}"
    width="${Math.max(place(to) - place(from), 0)}"
    height="${BAR - 2}"
    fill="${colour(part)}"
    ><title>${text}</title></rect
  >`;
}

// The parts of a Grafana dashboard (schema version 39, Grafana 10 and later), laid out from left to right.

/**
 * @typedef {object} Query
 * @property {string} expr PromQL; `$instance` is what the person chose
 * @property {string} legend
 *
 * @typedef {object} Panel
 * @property {'timeseries' | 'stat'} type
 * @property {string} title
 * @property {string} description what it shows, and when to worry
 * @property {string} unit Grafana's name of it: s, bytes, reqps, short, percentunit …
 * @property {readonly Query[]} queries
 * @property {number} width of 24
 * @property {readonly (readonly [from: number | null, colour: string])[]} [steps] colours by value
 * @property {Readonly<Record<string, string>>} [words] what values are called
 * @property {number} [max] upper end of the axis
 */

/** The matcher of every series: the instances that the person chose. */
export const I = '{instance=~"$instance"}';
/** The window of every rate, as long as the scrapes and the width of the panel ask for. */
export const RATE = '[$__rate_interval]';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const HEIGHT = { stat: 4, timeseries: 8 };

/** @param {Omit<Panel, 'type' | 'width'> & {width?: number}} panel @returns {Panel} */
export function lines(panel) {
  return { type: 'timeseries', width: 12, ...panel };
}

/** @param {Omit<Panel, 'type' | 'width'> & {width?: number}} panel @returns {Panel} */
export function figure(panel) {
  return { type: 'stat', width: 4, ...panel };
}

/** Green for 1, red for 0, in words. */
export function state(good, bad) {
  return {
    unit: 'short',
    steps: [
      [null, 'red'],
      [1, 'green'],
    ],
    words: { 0: bad, 1: good },
  };
}

/** Percentiles of a histogram, by the labels that are left. */
export function percentiles(metric, { by = [], of = [0.5, 0.95, 0.99], matchers = '' } = {}) {
  const labels = ['le', ...by].join(', ');
  const legend = by.map((label) => `{{${label}}} `).join('');
  return of.map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (${labels}) (rate(${metric}_bucket{instance=~"$instance"${matchers}}${RATE})))`,
    legend: `${legend}p${quantile * 100}`,
  }));
}

/**
 * A whole dashboard.
 * @param {{uid: string, title: string, description: string, instances: string,
 *   rows: readonly {title: string, panels: readonly Panel[]}[]}} dashboard `instances`: a metric that every instance has
 */
export function dashboard({ uid, title, description, instances, rows }) {
  return {
    uid,
    title,
    description,
    tags: ['crypto-broker'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        {
          name: 'instance',
          type: 'query',
          label: 'Instance',
          datasource: DATASOURCE,
          query: { query: `label_values(${instances}, instance)`, refId: 'instances' },
          refresh: 2,
          sort: 1,
          multi: true,
          includeAll: true,
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels: placed(rows),
  };
}

function placed(rows) {
  const panels = [];
  let y = 0;
  for (const { title, panels: inRow } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of inRow) {
      if (x + panel.width > 24) {
        x = 0;
        y += height;
        height = 0;
      }
      const h = HEIGHT[panel.type];
      panels.push(drawn(panel, panels.length + 1, { x, y, w: panel.width, h }));
      x += panel.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
}

function drawn({ type, title, description, unit, queries, steps, words, max }, id, gridPos) {
  return {
    id,
    type,
    title,
    description,
    gridPos,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(max !== undefined && { max }),
        ...(type === 'timeseries' && {
          custom: { fillOpacity: 8, lineWidth: 1, showPoints: 'never' },
        }),
        ...(steps !== undefined && {
          color: { mode: 'thresholds' },
          thresholds: {
            mode: 'absolute',
            steps: steps.map(([value, color]) => ({ value, color })),
          },
        }),
        ...(words !== undefined && { mappings: [{ type: 'value', options: mapped(words) }] }),
      },
      overrides: [],
    },
    options:
      type === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}

function mapped(words) {
  return Object.fromEntries(
    Object.entries(words).map(([value, text], index) => [value, { text, index }]),
  );
}

import { formatRatio } from '../../../report/format.ts';
import { rowTables, ROW_FIGURE_COLUMNS, ROW_HEADS } from '../../../report/row-report.ts';
import type { BrokerReport } from '../broker-report.ts';
import { targetCells, TARGET_FIGURE_COLUMNS, TARGET_HEADS } from '../target-table.ts';
import { figures } from './figures.ts';
import { html, Markup } from './markup.ts';
import { STYLE } from './style.ts';

/** The whole report as one page that needs nothing from anywhere else. */
export function htmlReport(report: BrokerReport): string {
  const targets = targetCells(report.rows);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>crypto-broker: how fast</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <h1>crypto-broker beside Go</h1>
        <p class="lead">
          One run of <code>npm run bench</code> on one machine, ${report.rounds}
          ${report.rounds === 1 ? 'round' : 'rounds'}. A ratio above 1 says that the Broker is the
          better.
        </p>
        ${cards(report)}
        ${
          targets.length === 0
            ? html``
            : html`<h2>Targets</h2>
                ${table(TARGET_HEADS, targets, TARGET_FIGURE_COLUMNS)}`
        }
        <h2>Figures</h2>
        <div class="plots">${figures(report.measurements)}</div>
        <h2>What to know</h2>
        <ul>
          ${report.notes.map((note) => html`<li>${note}</li>`)}
        </ul>
        <h2>The machine</h2>
        ${table(
          ['', ''],
          report.facts.map(({ label, value }) => [label, value]),
          [],
        )}
        <h2>Everything that was measured</h2>
        ${rowTables(report.rows).map(
          ({ title, rows }) =>
            html`<details open>
              <summary>${title}</summary>
              ${table(ROW_HEADS, rows, ROW_FIGURE_COLUMNS)}
            </details>`,
        )}
        ${report.extras.map(
          ({ title, heads, rows, figureColumns }) =>
            html`<h3>${title}</h3>
              ${table(heads, rows, figureColumns)}`,
        )}
      </body>
    </html> `;
  return page.text;
}

/** What was promised and what came of it, large. */
function cards({ rows }: BrokerReport): Markup {
  const judged = rows.filter(({ verdict, unit }) => verdict !== undefined && unit !== 'MiB');
  const ratios = judged.filter(({ verdict }) => verdict?.target.startsWith('≥') === true);
  if (ratios.length === 0) return html``;
  return html`<div class="cards">
    ${ratios.map(
      ({ ratio, name, group, subject, verdict }) =>
        html`<div class="card">
          <b class="${verdict?.met === true ? 'met' : 'missed'}">${formatRatio(ratio)}</b
          ><span>${group}: ${name}<br />${subject}</span>
        </div>`,
    )}
  </div>`;
}

function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  figureColumns: readonly number[],
): Markup {
  const kind = (column: number): string => (figureColumns.includes(column) ? 'figure' : '');
  const head = heads.map((text, column) => html`<th class="${kind(column)}">${text}</th>`);
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map((text, column) => html`<td class="${`${kind(column)} ${tone(text)}`.trim()}">${text}</td>`)}
      </tr>`,
  );
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

function tone(text: string): string {
  if (text === 'met' || text.startsWith('met ')) return 'met';
  return text.startsWith('MISSED') ? 'missed' : '';
}

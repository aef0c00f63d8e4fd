import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';

/** A selector of an expression: the metric, and every label that the expression asks it for. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

export interface ParsedExpression {
  /** Texts that the grammar of Prometheus has no place for. */
  readonly errors: readonly string[];
  readonly selectors: readonly Selector[];
  /** Labels of `by (…)`, `on (…)` and the like, whichever metric they are of. */
  readonly groupings: readonly string[];
}

/** Reads PromQL by the grammar that Prometheus' own editor uses. */
export function parsePromql(expr: string): ParsedExpression {
  const errors: string[] = [];
  const selectors: Selector[] = [];
  const groupings: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) errors.push(`${from}: ${expr.slice(from, to + 10)}`);
      if (type.name === 'VectorSelector') selectors.push(selectorOf(node, expr));
      if (type.name === 'GroupingLabels') groupings.push(...textsOf(node, 'LabelName', expr));
    },
  });
  return { errors, selectors, groupings };
}

function selectorOf(node: SyntaxNode, expr: string): Selector {
  const name = node.getChild('Identifier');
  return {
    metric: name === null ? '' : expr.slice(name.from, name.to),
    labels: textsOf(node, 'LabelName', expr),
  };
}

function textsOf(node: SyntaxNode, type: string, expr: string): string[] {
  const texts: string[] = [];
  node.cursor().iterate(({ type: found, from, to }) => {
    if (found.name === type) texts.push(expr.slice(from, to));
  });
  return texts;
}

// Finds the Result Messages in the source: every place that names a failure and, beside it, the text that goes with it.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { FAILURES } from '../../src/kmip/failure.ts';
import { projectRoot } from '../lib/paths.mjs';

/**
 * @typedef {{failure: keyof typeof FAILURES, text: string, file: string}} FailureText `text` has `…` for what varies,
 *   `file` is relative to the project
 */

/**
 * @param {readonly string[]} folders relative to the project
 * @returns {readonly FailureText[]}
 */
export function failureTexts(folders) {
  const files = folders.flatMap(sourceFiles);
  const wrappers = files.flatMap(wrappersIn);
  return files.flatMap((file) => textsIn(file, wrappers));
}

function sourceFiles(folder) {
  const root = join(projectRoot, folder);
  return readdirSync(root, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => {
      const path = join(root, name);
      const text = readFileSync(path, 'utf8');
      return ts.createSourceFile(
        relative(projectRoot, path),
        text,
        ts.ScriptTarget.Latest,
        true,
        ts.ScriptKind.TS,
      );
    });
}

/** Functions that make a KmipFailure of one kind of a text they are given: `wrongState('the object is suspended')`. */
function wrappersIn(file) {
  return nodes(file)
    .filter((node) => ts.isFunctionDeclaration(node) && node.name !== undefined)
    .flatMap((node) => {
      const parameters = node.parameters.map(({ name }) => name.getText());
      const [made] = nodes(node).filter(
        (inner) =>
          ts.isNewExpression(inner) &&
          failureOf(inner.arguments?.[0]) !== undefined &&
          parameters.includes(inner.arguments[1]?.getText()),
      );
      return made === undefined
        ? []
        : [{ name: node.name.text, file: file.fileName, failure: failureOf(made.arguments[0]) }];
    });
}

function textsIn(file, wrappers) {
  return nodes(file).flatMap((node) =>
    pairsAt(node, wrappers)
      .flatMap(([failure, expression, prefix = '']) =>
        textsOf(expression).map((text) => ({ failure, text: prefix + text })),
      )
      .map((found) => ({ ...found, file: file.fileName })),
  );
}

/** A failure and the expression of its text, where `node` puts the two beside each other. */
function pairsAt(node, wrappers) {
  if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
    const [first, ...others] = node.arguments ?? [];
    const failure = failureOf(first);
    if (failure !== undefined) return others.map((other) => [failure, other, prefixOf(node)]);
    const wrapper = wrapperCalled(node, wrappers);
    return wrapper === undefined || first === undefined ? [] : [[wrapper.failure, first]];
  }
  if (ts.isArrayLiteralExpression(node)) {
    const [first, second] = node.elements;
    const failure = failureOf(first);
    return failure === undefined || second === undefined ? [] : [[failure, second]];
  }
  if (ts.isObjectLiteralExpression(node)) {
    const failure = failureOf(propertyOf(node, 'failure'));
    const message = propertyOf(node, 'message');
    return failure === undefined || message === undefined ? [] : [[failure, message]];
  }
  return [];
}

/** Where the text goes on behind the name of an attribute: `refused('attributeReadOnly', name, 'cannot be …')`. */
function prefixOf(node) {
  return node.expression.getText() === 'refused' ? '… ' : '';
}

/** That of the same file, or else one that is imported. */
function wrapperCalled(node, wrappers) {
  if (!ts.isIdentifier(node.expression)) return undefined;
  const name = node.expression.text;
  const candidates = wrappers.filter((wrapper) => wrapper.name === name);
  const file = node.getSourceFile();
  const own = candidates.find((wrapper) => wrapper.file === file.fileName);
  const isImported = new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\}`, 'u').test(file.text);
  return own ?? (isImported ? candidates[0] : undefined);
}

function propertyOf(object, name) {
  const property = object.properties.find((member) => member.name?.getText() === name);
  if (property === undefined) return undefined;
  return ts.isShorthandPropertyAssignment(property) ? property.name : property.initializer;
}

function failureOf(node) {
  const plain = withoutAssertion(node);
  return plain !== undefined && ts.isStringLiteral(plain) && plain.text in FAILURES
    ? plain.text
    : undefined;
}

/** The texts that an expression may stand for; none when it is no text, or one that only the run shows. */
function textsOf(expression) {
  const node = withoutAssertion(expression);
  if (ts.isStringLiteral(node)) return node.text in FAILURES ? [] : [node.text];
  if (ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    return [[node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…')];
  }
  if (ts.isConditionalExpression(node)) {
    return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  }
  if (ts.isElementAccessExpression(node)) {
    const table = valueOf(node.expression);
    return table !== undefined && ts.isObjectLiteralExpression(table)
      ? table.properties.flatMap(({ initializer }) => textsOf(initializer))
      : [];
  }
  if (ts.isIdentifier(node)) {
    const value = valueOf(node);
    return value === undefined ? [] : textsOf(value);
  }
  return [];
}

/** What a constant of the same file is declared as, the nearest above. */
function valueOf(identifier) {
  const declarations = nodes(identifier.getSourceFile()).filter(
    (node) =>
      ts.isVariableDeclaration(node) &&
      node.name.getText() === identifier.text &&
      node.initializer !== undefined &&
      node.getStart() !== identifier.parent.getStart(),
  );
  const before = declarations.filter((node) => node.end <= identifier.getStart());
  return (before.at(-1) ?? declarations[0])?.initializer;
}

/** `x` of `x as const` and `x satisfies T`. */
function withoutAssertion(node) {
  return node !== undefined && (ts.isAsExpression(node) || ts.isSatisfiesExpression(node))
    ? withoutAssertion(node.expression)
    : node;
}

function nodes(root) {
  const found = [];
  const visit = (node) => {
    found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

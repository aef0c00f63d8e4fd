import { Lexer, Parser, type CST, type LineCounter } from 'yaml';

/** Thrown while parsing, before the whole input has been looked at. */
export class TooComplex extends Error {
  override readonly name = 'TooComplex';
  /** Offset of the character that went beyond the limit. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * The concrete syntax tree of `text`. The parser keeps its own stack, so depth costs no call stack here; what comes
 * after it recurses, therefore the limits are enforced token by token and a bomb is refused after its first bytes.
 */
export function* parseTokens(
  text: string,
  lines: LineCounter,
  limits: { readonly depth: number; readonly tokens: number },
): Generator<CST.Token, void> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let count = 0;
  for (const source of new Lexer().lex(text)) {
    count += 1;
    if (count > limits.tokens) {
      throw new TooComplex('the file holds too many values', parser.offset);
    }
    yield* parser.next(source);
    // The stack holds the document, every open collection and the value being read.
    if (parser.stack.length > limits.depth + 2) {
      throw new TooComplex(`values are nested deeper than ${limits.depth}`, parser.offset);
    }
  }
  yield* parser.end();
}

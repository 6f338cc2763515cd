import { parseDocument, YAMLParseError, type Document, type LineCounter } from 'yaml';

/** What the parser throws instead of noting: aliases to nothing or for too much (ReferenceError), nesting beyond the stack (RangeError). */
const OF_THE_TEXT = /^(ReferenceError|RangeError)$/;

/** Of one text: a bracket that is never closed is an error of each bracket within. */
const ERRORS_MAX = 100;

/** A document of somebody's text whose values can be taken: whatever is wrong with it stands in its errors. */
export function readYamlDocument(text: string, options: { lineCounter: LineCounter; schema?: 'core' }): Document.Parsed {
  const noted = (document: Document.Parsed, error: unknown): Document.Parsed => {
    if (!OF_THE_TEXT.test((error as Error).name)) throw error;
    document.errors.push(new YAMLParseError([0, 0], 'BAD_ALIAS', (error as Error).message));
    return document;
  };
  // No warnings: they would put the text into the log.
  const parse = (words: string) => parseDocument(words, { prettyErrors: false, logLevel: 'error', ...options });
  let document: Document.Parsed;
  try {
    document = parse(text);
  } catch (error) {
    return noted(parse(''), error);
  }
  document.errors.splice(ERRORS_MAX);
  if (document.errors.length > 0) return document;
  try {
    document.toJS();
  } catch (error) {
    return noted(document, error);
  }
  return document;
}

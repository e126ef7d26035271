/** The header in which Kubernetes says what is odd about an answer that is none the less one. */
import { legible } from './legible.ts';

/** `299 - "text"`, as often as there are warnings; in the text `\` stands before a quote and before itself. */
const WARNING = /\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g;

/** The texts of a `Warning` header (RFC 7234 5.5). */
export const warningsIn = (header: string | readonly string[] | undefined): readonly string[] =>
  [header ?? []]
    .flat()
    .flatMap((line) => [...line.matchAll(WARNING)].map(([, text = '']) => legible(text.replaceAll(/\\(.)/g, '$1'))));

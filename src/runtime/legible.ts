/** Text of peers (Kea, PostgreSQL, pods, the API server) on its way into conditions, events, logs and answers. */

/** A message is a line or two. What quotes a whole value, or goes on for ever, is not read to its end by anybody. */
const LONGEST = 2_000;

/**
 * Characters that a terminal obeys, does not show, or shows in another order: control, format, line and paragraph separators, and what Unicode wants to be
 * passed over where it is not known, be it not assigned yet.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const UNSEEN_IN_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const named = (character: string): string => NAMES[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** What Node.js tells whoever started it, after what OpenSSL says of a certificate: nobody who reads a status or a log of ours did. */
const ADVICE = '; if the root CA is installed locally, try running Node.js with --use-system-ca';

/** Most text of peers is a name: nothing of it has to be written out. */
const NAME = /^[\x20-\x7e]*$/;

const shown = (given: string, longest: number, unseen: RegExp): string => {
  if (given.length < ADVICE.length && given.length <= longest && NAME.test(given)) return given;
  const text = given.replace(ADVICE, '');
  const start = text.slice(0, longest).toWellFormed().replaceAll(unseen, named);
  return text.length <= longest && start.length <= longest ? start : `${start.slice(0, longest - 1).toWellFormed()}…`;
};

/**
 * The text in one line of at most so many characters, with every character that is not seen written out: `\n`, `\u{1b}`. For text of others, where
 * it enters: what is written on from there needs no more care.
 */
export const legible = (text: string, longest = LONGEST): string => shown(text, longest, UNSEEN);

/** The same for text of several lines, as stack traces are. */
export const legibleLines = (text: string, longest = LONGEST): string => shown(text, longest, UNSEEN_IN_LINES);

/** Label selectors as Kubernetes writes them (k8s.io/apimachinery labels.Parse): `a=b,c in (d,e),!f`. Read in one pass, whatever comes. */
import { ApiFailure, quoted } from './failure.ts';

/** What an object's labels must be for it to be selected. */
export interface Requirement {
  readonly key: string;
  /** `NotIn` is also met without the label. */
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** Whether an object whose label of this key has the value is selected; undefined: it has none. */
export const meets = ({ operator, values }: Requirement, value: string | undefined): boolean => {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
};

const SPACE = /[ \t\r\n]/;
const SPECIAL = /[=!(),><]/;
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
/** Of a text of this length at most. */
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LONGEST_PREFIX = 253;

/** Words, commas, parentheses and operators, without what is between them. */
const tokensOf = (text: string): readonly string[] => {
  const tokens: string[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (SPACE.test(character)) {
      at++;
      continue;
    }
    const start = at++;
    if (SPECIAL.test(character)) {
      const isDouble = text.charAt(at) === '=' && (character === '=' || character === '!');
      if (isDouble) at++;
    } else {
      while (at < text.length && !SPACE.test(text.charAt(at)) && !SPECIAL.test(text.charAt(at))) at++;
    }
    tokens.push(text.slice(start, at));
  }
  return tokens;
};

const refuse = (why: string): never => {
  throw new ApiFailure('BadRequest', `the label selector cannot be read: ${why}`);
};

/** `prefix/name`, of which the prefix may be left out. */
const checkedKey = (key: string): string => {
  const slash = key.indexOf('/');
  const prefix = key.slice(0, Math.max(slash, 0));
  const isPrefix = slash < 0 || (prefix.length <= LONGEST_PREFIX && PREFIX.test(prefix));
  return isPrefix && NAME.test(key.slice(slash + 1)) ? key : refuse(`"${quoted(key)}" is no key of a label`);
};

const checkedValue = (value: string): string =>
  value === '' || NAME.test(value) ? value : refuse(`"${quoted(value)}" is no value of a label`);

const isWord = (token: string | undefined): token is string => token !== undefined && !SPECIAL.test(token.charAt(0));

/** @throws ApiFailure BadRequest for what Kubernetes would not take, and for `>` and `<`: no label of a lease is a number. */
export const parseLabelSelector = (text: string): readonly Requirement[] => {
  const tokens = tokensOf(text);
  let at = 0;
  const found = (): string => (at < tokens.length ? `"${quoted(tokens[at] ?? '')}"` : 'the end');
  const word = (what: string): string => {
    const token = tokens[at];
    if (!isWord(token)) return refuse(`${what} is expected, and ${found()} is found`);
    at++;
    return token;
  };
  const take = (token: string): boolean => {
    const isThere = tokens[at] === token;
    if (isThere) at++;
    return isThere;
  };

  /** `(a,b)`; `()` is one value, the empty one, as each place between commas that has none. */
  const set = (): readonly string[] => {
    if (!take('(')) refuse(`"(" is expected, and ${found()} is found`);
    const values = new Set<string>();
    do values.add(checkedValue(isWord(tokens[at]) ? word('a value') : ''));
    while (take(','));
    if (!take(')')) refuse(`"," or ")" is expected, and ${found()} is found`);
    return [...values];
  };

  const requirement = (): Requirement => {
    if (take('!')) return { key: checkedKey(word('the key of a label')), operator: 'DoesNotExist', values: [] };
    const key = checkedKey(word('the key of a label'));
    if (at === tokens.length || tokens[at] === ',') return { key, operator: 'Exists', values: [] };
    if (take('in')) return { key, operator: 'In', values: set() };
    if (take('notin')) return { key, operator: 'NotIn', values: set() };
    const operator = take('=') || take('==') ? 'In' : take('!=') ? 'NotIn' : undefined;
    if (operator === undefined) return refuse(`=, ==, !=, in or notin is expected, and ${found()} is found`);
    return { key, operator, values: [checkedValue(isWord(tokens[at]) ? word('a value') : '')] };
  };

  const requirements: Requirement[] = [];
  while (at < tokens.length) {
    requirements.push(requirement());
    if (at === tokens.length) break;
    if (!take(',')) refuse(`"," or the end is expected, and ${found()} is found`);
    // A comma at the end promises another one.
    if (at === tokens.length) refuse('the key of a label is expected, and the end is found');
  }
  return requirements;
};

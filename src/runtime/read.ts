/**
 * Reads the objects in the API server's answers from their bytes, and of each only what is in bounds. Whoever may write an object may
 * make it as large as etcd takes (1.5 MB), and of a free map that needs twenty times as much in memory: `{}` is an object of 64 bytes.
 */
import type { KubeObject, Unread } from './object.ts';
import type { Bounds } from './resource.ts';
import { type Extent, type Member, membersAt, OPEN_OBJECT } from './scan.ts';

/** So many bytes an answer, an event, or an item of a list may have. */
export const ANSWER_BYTES = 4 * 1024 * 1024;

/** A value in `metadata` that has more is left out: Kubernetes bounds neither labels nor finalizers in their number. */
const METADATA_BYTES = 32 * 1024;

/** What nobody here reads: who owns which field, and the copy that `kubectl apply` keeps of its input. It is the larger half of a small object. */
const NEVER_READ = ['managedFields', 'kubectl.kubernetes.io/last-applied-configuration'];

/**
 * The object that a JSON document holds, or holds at a place. Of `metadata` without what is never read, and without any value of more than
 * 32 KiB. With bounds every other part that is beyond them lacks its largest members, so many that the rest is within. `unread` says so where
 * it changes what the object means: of the spec, and of the finalizers.
 * @throws SyntaxError where it is no JSON.
 */
export const readObject = (bytes: Buffer, bounds?: Bounds, at = 0): KubeObject => {
  let unread: Unread | undefined;
  const text = objectText(bytes, membersAt(bytes, at), ({ key, value }) => {
    if (key === 'metadata') {
      const members = membersAt(bytes, value.start);
      unread ??= unreadFinalizers(members);
      return metadataText(bytes, members);
    }
    const excess = bounds && excessOf(value, bounds);
    if (bounds === undefined || excess === undefined) return true;
    if (bytes[value.start] !== OPEN_OBJECT) return false;
    const members = membersAt(bytes, value.start);
    const beyond = membersBeyond(members, bounds);
    if (key === 'spec') unread = { part: 'spec', field: [...beyond][0]?.key ?? '', ...excess };
    return objectText(bytes, members, (member) => !beyond.has(member));
  });
  const object = JSON.parse(text) as KubeObject;
  if (unread !== undefined) object.unread = unread;
  shareTexts(object.status);
  return object;
};

/** Texts of conditions, each kept once: thousands of objects say the same, at the same second. */
const texts = new Map<string, string>();
const TEXTS = 1000;

const shared = (text: string): string => {
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= TEXTS) texts.clear();
  texts.set(text, text);
  return text;
};

const shareTexts = (status: unknown): void => {
  if (typeof status !== 'object' || status === null || !('conditions' in status)) return;
  const { conditions } = status;
  if (!Array.isArray(conditions)) return;
  for (const condition of conditions as readonly unknown[]) {
    if (typeof condition !== 'object' || condition === null) continue;
    const fields = condition as Record<string, unknown>;
    for (const [field, value] of Object.entries(fields)) if (typeof value === 'string') fields[field] = shared(value);
  }
};

/**
 * One event of a watch: `{"type":"ADDED","object":{…}}`.
 * @throws SyntaxError where it is none.
 */
export const readEvent = (bytes: Buffer, bounds?: Bounds): { type: string; object: KubeObject } => {
  const members = new Map(membersAt(bytes, 0).map(({ key, value }) => [key, value]));
  const [word, object] = [members.get('type'), members.get('object')];
  const type: unknown = word && JSON.parse(bytes.toString('utf8', word.start, word.end));
  if (typeof type !== 'string' || object === undefined) throw new SyntaxError('an event has a type and an object');
  return { type, object: readObject(bytes, bounds, object.start) };
};

/** An object of these members as text: one as it is (true), without it (false), or with this for its value. */
const objectText = (bytes: Buffer, members: readonly Member[], edit: (member: Member) => boolean | string): string => {
  let text = '';
  /** Members in a row that stay as they are. */
  let run: { readonly start: number; end: number } | undefined;
  const add = (piece: string): void => {
    text += text === '' ? piece : `,${piece}`;
  };
  const flush = (): void => {
    if (run !== undefined) add(bytes.toString('utf8', run.start, run.end));
    run = undefined;
  };
  for (const member of members) {
    const edited = edit(member);
    if (edited === true) {
      run ??= { start: member.start, end: 0 };
      run.end = member.value.end;
      continue;
    }
    flush();
    if (edited !== false) add(`${bytes.toString('utf8', member.start, member.value.start)}${edited}`);
  }
  flush();
  return `{${text}}`;
};

const metadataText = (bytes: Buffer, metadata: readonly Member[]): string =>
  objectText(bytes, metadata, (member) =>
    member.key === 'annotations' && bytes[member.value.start] === OPEN_OBJECT
      ? objectText(bytes, membersAt(bytes, member.value.start), isKept)
      : isKept(member),
  );

const isKept = ({ key, value }: Member): boolean => !NEVER_READ.includes(key) && sizeOf(value) <= METADATA_BYTES;

/** Whoever does not see them all cannot add his own. */
const unreadFinalizers = (metadata: readonly Member[]): Unread | undefined => {
  const field = 'finalizers';
  const found = metadata.find(({ key }) => key === field);
  if (found === undefined || isKept(found)) return undefined;
  return { part: 'metadata', field, what: 'bytes', found: sizeOf(found.value), most: METADATA_BYTES };
};

const sizeOf = ({ start, end }: Extent): number => end - start;

const excessOf = (
  value: Extent,
  { bytes, levels, values }: Bounds,
): Pick<Unread, 'what' | 'found' | 'most'> | undefined => {
  if (value.levels > levels) return { what: 'levels', found: value.levels, most: levels };
  if (sizeOf(value) > bytes) return { what: 'bytes', found: sizeOf(value), most: bytes };
  if (value.values > values) return { what: 'values', found: value.values, most: values };
  return undefined;
};

/** Those of the members of an object without which it is within the bounds: those that are too deep, then the largest. */
const membersBeyond = (members: readonly Member[], bounds: Bounds): ReadonlySet<Member> => {
  const isDeep = ({ value }: Member): boolean => value.levels >= bounds.levels;
  const beyond = members.filter(isDeep);
  const rest = members.filter((member) => !isDeep(member));
  const reduce = (most: number, of: (member: Member) => number): void => {
    rest.sort((a, b) => of(a) - of(b));
    let sum = rest.reduce((total, member) => total + of(member), 0);
    while (sum > most) {
      const greatest = rest.pop();
      if (greatest === undefined) return;
      beyond.push(greatest);
      sum -= of(greatest);
    }
  };
  // With its comma; and one more for the braces.
  reduce(bounds.bytes - 1, ({ start, value }) => value.end - start + 1);
  reduce(bounds.values, ({ value }) => value.values + 1);
  return new Set(beyond);
};

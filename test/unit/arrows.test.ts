import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * The arrows between the folders of src, and which of them are pure, as the table of docs/architecture.md says: the page is the rule,
 * so that it cannot grow old.
 */
const ROOT = join(import.meta.dirname, '../..');

interface Rule {
  readonly folder: string;
  /** Folders that may be imported; undefined: all. */
  readonly may: ReadonlySet<string> | undefined;
  /** Folders of which only types may be imported. */
  readonly typesOnly: ReadonlySet<string>;
  /** Folders that one file alone may import. */
  readonly alone: ReadonlyMap<string, string>;
  /** Files that may do I/O; undefined: all may. */
  readonly impure: ReadonlySet<string> | undefined;
}

interface Import {
  readonly from: string;
  /** Names that are imported as values; a type costs nothing at run time. */
  readonly values: readonly string[];
  readonly typeOnly: boolean;
}

interface Source {
  readonly path: string;
  readonly folder: string;
  readonly file: string;
  readonly imports: readonly Import[];
}

/** What pure code may use of others: libraries without I/O, and functions of Node that compute. */
const PURE_PACKAGES = new Set([
  'zod',
  'ip-address',
  'yaml',
  '@peculiar/x509',
  'reflect-metadata',
  'node:crypto',
  'node:util',
  'node:zlib',
]);
const PURE_NAMES = new Map([['node:net', new Set(['isIP', 'isIPv4', 'isIPv6'])]]);
/** Globals that know the time, the process or the network. */
const IMPURE_GLOBALS =
  /\b(Date\.now|new Date\(\)|performance\.now|setTimeout|setInterval|process\.|fetch\(|Math\.random)/;

const readRules = (): readonly Rule[] => {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const [, table = ''] = page.split(/^\|---\|---\|---\|$(?=\n\| runtime)/m);
  const rows = table
    .split('\n\n')[0]
    ?.split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  if (!rows?.length) throw new Error('docs/architecture.md has lost its table of folders');
  const folders = rows.map(([, folder = '']) => folder);
  return rows.map(([, folder = '', imports = '', pure = ''], index) => ({
    folder,
    ...mayImport(imports, folders, folders.slice(0, index)),
    impure: impureFiles(pure),
  }));
};

const readSources = (): readonly Source[] => {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => {
      const [folder = '', ...file] = path.split('/');
      return { path, folder, file: file.join('/'), imports: importsOf(path) };
    });
};

const mayImport = (
  words: string,
  folders: readonly string[],
  above: readonly string[],
): Pick<Rule, 'may' | 'typesOnly' | 'alone'> => {
  const none = { typesOnly: new Set<string>(), alone: new Map<string, string>() };
  if (words === 'everything') return { ...none, may: undefined };
  if (words === 'all of the above') return { ...none, may: new Set(above) };
  const named = folders.filter((folder) => new RegExp(`(^|, )${folder}( \\(|,|$)`).test(words));
  return {
    may: new Set(named),
    typesOnly: new Set(named.filter((folder) => words.includes(`${folder} (types)`))),
    alone: new Map(
      [...words.matchAll(/(\w+) \(`([^`]+)` alone\)/g)].map(([, folder = '', file = '']) => [folder, file]),
    ),
  };
};

const impureFiles = (words: string): ReadonlySet<string> | undefined => {
  return words === 'no' ? undefined : new Set([...words.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file));
};

const importsOf = (path: string): readonly Import[] => {
  const text = readFileSync(join(ROOT, 'src', path), 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  return file.statements.flatMap((statement): readonly Import[] => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier } = statement;
    if (!moduleSpecifier || !ts.isStringLiteral(moduleSpecifier)) return [];
    const values = valuesOf(statement);
    return [{ from: moduleSpecifier.text, values, typeOnly: values.length === 0 }];
  });
};

/** `*` stands for a whole module. */
const valuesOf = (statement: ts.ImportDeclaration | ts.ExportDeclaration): readonly string[] => {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause } = statement;
    if (statement.isTypeOnly) return [];
    if (!exportClause || !ts.isNamedExports(exportClause)) return ['*'];
    return exportClause.elements.filter(({ isTypeOnly }) => !isTypeOnly).map(({ name }) => name.text);
  }
  const { importClause } = statement;
  if (!importClause) return ['*'];
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const { name, namedBindings } = importClause;
  const named =
    namedBindings && ts.isNamedImports(namedBindings)
      ? namedBindings.elements
          .filter(({ isTypeOnly }) => !isTypeOnly)
          .map((element) => (element.propertyName ?? element.name).text)
      : namedBindings
        ? ['*']
        : [];
  return [...(name ? ['default'] : []), ...named];
};

/** The folder of src that an import leads to; undefined for the own folder and for packages. */
const folderOf = (source: Source, { from }: Import): string | undefined => {
  if (!from.startsWith('.')) return undefined;
  const target = join(source.folder, source.file, '..', from);
  const [folder = ''] = (source.file === '' ? join(from) : target).split('/');
  return folder === source.folder || folder === '..' ? undefined : folder;
};

const ruleOf = (folder: string): Rule | undefined => rules.find((rule) => rule.folder === folder);

const rules = readRules();
const sources = readSources();
describe('docs/architecture.md', () => {
  it('has a row for every folder of src, and no other', () => {
    const folders = new Set(sources.map(({ folder }) => folder).filter((folder) => !folder.endsWith('.ts')));
    expect([...folders].sort()).toEqual(
      rules
        .map(({ folder }) => folder)
        .filter((folder) => !folder.endsWith('.ts'))
        .sort(),
    );
  });

  it.each(rules)('holds the arrows of $folder', ({ folder, may, typesOnly, alone }) => {
    const wrong = sources
      .filter((source) => source.folder === folder)
      .flatMap((source) =>
        source.imports.flatMap((imported) => {
          const target = folderOf(source, imported);
          if (target === undefined || may === undefined) return [];
          if (!may.has(target) || (alone.get(target) ?? source.file) !== source.file) {
            return [`${source.path} imports ${target}`];
          }
          return typesOnly.has(target) && !imported.typeOnly ? [`${source.path} imports values of ${target}`] : [];
        }),
      );
    expect(wrong).toEqual([]);
  });

  it.each(rules.filter(({ impure }) => impure !== undefined))('keeps $folder pure where it says so', ({ folder }) => {
    const pure = sources.filter((source) => source.folder === folder && !ruleOf(folder)?.impure?.has(source.file));
    const wrong = pure.flatMap(({ path, imports }) => {
      const packages = imports.filter(({ from, typeOnly }) => !from.startsWith('.') && !typeOnly);
      const bad = packages.filter(
        ({ from, values }) => !PURE_PACKAGES.has(from) && !values.every((name) => PURE_NAMES.get(from)?.has(name)),
      );
      const code = readFileSync(join(ROOT, 'src', path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      const [global] = IMPURE_GLOBALS.exec(code) ?? [];
      return [
        ...bad.map(({ from }) => `${path} imports ${from}`),
        ...(global === undefined ? [] : [`${path} uses ${global}`]),
      ];
    });
    expect(wrong).toEqual([]);
  });

  it('finds imports at all: compile takes addresses from kea', () => {
    const source = sources.find(({ path }) => path === 'compile/pools.ts');
    expect(source?.imports.some((imported) => folderOf(source, imported) === 'kea' && !imported.typeOnly)).toBe(true);
  });
});

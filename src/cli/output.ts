/** The forms in which leases are written, page after page: none of them needs the whole list at once. */
import { GROUP } from '../api/kind.ts';
import { LEASE_GROUP } from '../apiserver/resource.ts';
import { toYaml } from '../generate/yaml.ts';
import type { ShownLease } from './lease.ts';
import { cellsOf, ROW_COLUMNS, type Shown } from './row.ts';
import { createTable } from './table.ts';

export const FORMATS = ['table', 'wide', 'json', 'jsonl', 'yaml', 'csv', 'name'] as const;
export type Format = (typeof FORMATS)[number];

export interface Output {
  /** The text of a page, in the order in which pages come. */
  page(shown: readonly Shown[]): string;
  /** What stands after the last page. */
  end(): string;
}

export interface OutputOptions {
  readonly withNamespace: boolean;
  readonly withTitles: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const createOutput = (format: Format, options: OutputOptions): Output => {
  switch (format) {
    case 'table':
    case 'wide':
      return tableOutput(format === 'wide', options);
    case 'json':
      return jsonOutput();
    case 'jsonl':
      return eachLine(({ object }) => JSON.stringify(object));
    case 'yaml':
      return yamlOutput();
    case 'csv':
      return csvOutput(options.withTitles);
    case 'name':
      return eachLine(nameOf);
  }
};

const eachLine = (line: (shown: Shown) => string): Output => ({
  page: (shown) => shown.map((one) => `${line(one)}\n`).join(''),
  end: () => '',
});

/** As kubectl takes it again: `lease.state.kea-operator.io/10.7.0.1`. */
const nameOf = ({ kind, object }: Shown): string =>
  `${kind === 'lease' ? `lease.${LEASE_GROUP}` : `hostreservation.${GROUP}`}/${object.metadata.name}`;

const tableOutput = (isWide: boolean, { withNamespace, withTitles, now }: OutputOptions): Output => {
  const columns = ROW_COLUMNS.filter((column) => (isWide || !column.isWide) && (withNamespace || !column.isNamespace));
  const table = createTable(
    columns.map(({ title }) => title),
    withTitles,
  );
  return {
    page: (shown) => (shown.length === 0 ? '' : table.rows(shown.map((one) => cellsOf(one, columns, now())))),
    end: () => '',
  };
};

/** A List of the core API, as kubectl writes one. */
const jsonOutput = (): Output => {
  let isBegun = false;
  return {
    page: (shown) => {
      if (shown.length === 0) return '';
      const start = isBegun ? ',\n' : '{"apiVersion":"v1","kind":"List","metadata":{"resourceVersion":""},"items":[\n';
      isBegun = true;
      return start + shown.map(({ object }) => JSON.stringify(object)).join(',\n');
    },
    end: () =>
      isBegun ? '\n]}\n' : '{"apiVersion":"v1","kind":"List","metadata":{"resourceVersion":""},"items":[]}\n',
  };
};

const yamlOutput = (): Output => {
  let isBegun = false;
  return {
    page: (shown) => {
      if (shown.length === 0) return '';
      const start = isBegun ? '' : 'apiVersion: v1\nkind: List\nmetadata:\n  resourceVersion: ""\nitems:\n';
      isBegun = true;
      return start + toYaml(shown.map(({ object }) => object));
    },
    end: () => (isBegun ? '' : 'apiVersion: v1\nkind: List\nmetadata:\n  resourceVersion: ""\nitems: []\n'),
  };
};

type CsvValue = string | number | undefined;
const CSV: readonly (readonly [string, (lease: ShownLease) => CsvValue])[] = [
  ['namespace', ({ metadata }) => metadata.namespace],
  ['name', ({ metadata }) => metadata.name],
  ['address', ({ spec }) => spec.address],
  ['prefixLength', ({ spec }) => spec.prefixLength],
  ['haPair', ({ spec }) => spec.haPair],
  ['subnet', ({ spec }) => spec.subnet],
  ['sharedNetwork', ({ spec }) => spec.sharedNetwork],
  ['subnetId', ({ spec }) => spec.subnetId],
  ['hwAddress', ({ spec }) => spec.hwAddress],
  ['clientId', ({ spec }) => spec.clientId],
  ['duid', ({ spec }) => spec.duid],
  ['iaid', ({ spec }) => spec.iaid],
  ['hostname', ({ spec }) => spec.hostname],
  ['state', ({ status }) => status.state],
  ['expires', ({ status }) => status.expires],
  ['lastTransaction', ({ status }) => status.lastTransaction],
  ['validLifetime', ({ spec }) => spec.validLifetime],
  ['preferredLifetime', ({ spec }) => spec.preferredLifetime],
  ['reservation', ({ spec }) => spec.reservation],
];

/** RFC 4180. A spreadsheet would calculate with a host name as `=cmd()`: it gets a ' before it, which no host name needs. */
const csvCell = (value: CsvValue): string => {
  const text = String(value ?? '');
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

const csvLine = (values: readonly CsvValue[]): string => `${values.map(csvCell).join(',')}\r\n`;

const csvOutput = (withTitles: boolean): Output => {
  let isBegun = !withTitles;
  const titles = (): string => {
    const line = isBegun ? '' : csvLine(CSV.map(([title]) => title));
    isBegun = true;
    return line;
  };
  return {
    page: (shown) =>
      titles() +
      shown.flatMap((one) => (one.kind === 'lease' ? [csvLine(CSV.map(([, of]) => of(one.object)))] : [])).join(''),
    end: titles,
  };
};

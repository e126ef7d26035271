/** Answers as JSON text, in the form that the request asked for. A list is written in pieces, so that a million leases are never one string. */
import { createUtf8 } from '../runtime/utf8.ts';
import { type FoundLease, leaseObject, listVersion } from './lease.ts';
import { leaseTextIn } from './leaseText.ts';
import type { Form } from './negotiate.ts';
import { LEASE_API_VERSION, LEASES } from './resource.ts';
import { COLUMNS, type IncludeObject, partialMetadata, tableRow } from './table.ts';

export interface Shape {
  readonly form: Form;
  /** Of a Table. */
  readonly include: IncludeObject;
  /** Seconds since 1970: what "expires in" counts from. */
  readonly now: number;
}

/** The Content-Type that belongs to a form. */
export const contentTypeOf = (form: Form, isList: boolean): string => {
  if (form === 'Object') return 'application/json';
  const as = form === 'Table' ? 'Table' : isList ? 'PartialObjectMetadataList' : 'PartialObjectMetadata';
  return `application/json;as=${as};g=meta.k8s.io;v=v1`;
};

const TABLE = { kind: 'Table', apiVersion: 'meta.k8s.io/v1' };

export const writeLease = (found: FoundLease, { form, include, now }: Shape): string => {
  switch (form) {
    case 'Object':
      return JSON.stringify(leaseObject(found, now));
    case 'Metadata':
      return JSON.stringify(partialMetadata(found, now));
    case 'Table':
      return JSON.stringify({
        ...TABLE,
        metadata: { resourceVersion: listVersion(now) },
        columnDefinitions: COLUMNS,
        rows: [tableRow(found, include, now)],
      });
  }
};

/** The pieces of a list: its beginning, the leases batch by batch, its end. */
export interface ListWriter {
  readonly head: string;
  /** As UTF-8. */
  batch(leases: readonly FoundLease[]): Buffer;
  /** @param next The continue token, where there are more leases. */
  tail(next?: string): string;
}

/** What a lease takes as text, about. */
const ROW_BYTES = 1024;

export const createListWriter = ({ form, include, now }: Shape): ListWriter => {
  const { kind, rows } = listForm(form);
  const textOf = leaseTextIn(form, include, now);
  let first = true;
  return {
    // The metadata stands at the end, where the continue token is known.
    head: `${JSON.stringify(kind).slice(0, -1)},"${rows}":[`,
    batch: (leases) => {
      const pieces = createUtf8(leases.length * ROW_BYTES);
      for (const found of leases) {
        pieces.push(first ? textOf(found) : `,${textOf(found)}`);
        first = false;
      }
      return pieces.bytes();
    },
    tail: (next) => {
      const metadata = { resourceVersion: listVersion(now), ...(next === undefined ? {} : { continue: next }) };
      return `],"metadata":${JSON.stringify(metadata)}}\n`;
    },
  };
};

const listForm = (form: Form) => {
  switch (form) {
    case 'Object':
      return { kind: { kind: LEASES.listKind, apiVersion: LEASE_API_VERSION }, rows: 'items' };
    case 'Metadata':
      return { kind: { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' }, rows: 'items' };
    case 'Table':
      return { kind: { ...TABLE, columnDefinitions: COLUMNS }, rows: 'rows' };
  }
};

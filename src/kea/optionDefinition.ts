/** What a DHCP option is, to Kea, and what a version of DHCP has of them. */
import type { OptionType } from './optionType.ts';

/**
 * What one field of an option's value is. `counted` is bytes after their number, `tuple` text after its length in two bytes, `shortTuple` in one; `tuples` such bytes again and again, after their number in two bytes each;
 * `routes`, `text` and `resolver` (of RFC 9463, in DHCPv4 and in DHCPv6) are Kea's internal formats, each read as a whole.
 */
export type FieldType =
  | 'ipv4'
  | 'ipv6'
  | 'prefix'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'boolean'
  | 'string'
  | 'fqdn'
  | 'binary'
  | 'counted'
  | 'tuples'
  | 'psid'
  | 'tuple'
  | 'shortTuple'
  | 'routes'
  | 'text'
  | 'resolver';

/** A DHCP option, or sub-option, as Kea 3.0 defines it. */
export interface KnownOption {
  readonly code: number;
  readonly name: string;
  /** The fields of the value in order; none: the option has no value of its own. */
  readonly fields: readonly FieldType[];
  /** The last field may come again and again. */
  readonly list: boolean;
  /** The fields come in groups of so many: Kea does not look at that, and clients refuse what is no group. */
  readonly group: number;
  /** Kea has a class of its own for it, which keeps what the bytes said, and not the bytes. */
  readonly special: boolean;
}

/** Sub-options that travel in an option: its code, and whether one of a code may be there again. */
export interface Container {
  readonly code: number;
  readonly again: boolean;
}

/** What a version of DHCP has of options. */
export interface OptionRules {
  /** The standard options. */
  readonly standard: readonly KnownOption[];
  /** The sub-options that Kea defines, by space. */
  readonly inside: ReadonlyMap<string, readonly KnownOption[]>;
  /** Definitions that a server has in place of Kea's own. */
  readonly own: readonly OwnDefinition[];
  /** The codes that a standard option can have. */
  readonly codes: readonly [least: number, greatest: number];
  /** How many bytes the code of an option has, and how many its length. */
  readonly width: 1 | 2;
  /** What Kea sends of an option whose bytes it does not keep. */
  readonly longest: number;
  /**
   * Options whose value no configuration can give, by code, with what to do instead: those that Kea sets itself, whatever is configured, and
   * those that mean something from a client or a relay only. Kea takes them all, and ignores them or sends what confuses clients.
   */
  readonly notConfigured: Readonly<Record<number, string>>;
  /** Options that Kea sends to every client that they are configured for: it does not look whether they are never to be sent. */
  readonly sentAnyway: ReadonlySet<number>;
  /** The standard options that sub-options travel in, by the space of these. */
  readonly containers: ReadonlyMap<string, Container>;
  /** The sub-options that carry others after their own fields, by the space of those: code and name. */
  readonly nested: ReadonlyMap<string, { readonly code: number; readonly name: string }>;
  /** The option with the sub-options of an enterprise; `counted`: the number of their bytes is before them. */
  readonly vendor: { readonly code: number; readonly counted: boolean };
  /** Names that this version has not, with what to do instead. */
  readonly otherNames: ReadonlyMap<string, string>;
  readonly words: {
    /** Where the sub-options of which option are. */
    readonly spaces: string;
    /** What the bytes of the vendor's option are. */
    readonly vendor: string;
    /** What the bytes of a container are. */
    readonly chain: string;
    /** The sub-options of a container, by their space. */
    readonly subOptions: (space: string) => string;
  };
}

/** Kea's `option-def`. */
export interface OwnDefinition {
  readonly name: string;
  readonly code: number;
  readonly space: string;
  readonly type: OptionType;
}

/** A table of definitions: code, name, fields; `!` after the name: special; `*` after the last field: a list, `*2`: one of pairs. */
export const readTable = (table: string): readonly KnownOption[] =>
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [code, name = '', ...fields] = line.trim().split(' ');
      const [, repeats, group] = /(\*)?(\d?)$/.exec(line) ?? [];
      return {
        code: Number(code),
        name: name.replace('!', ''),
        fields: fields.map((field) => field.replace(/\*\d?$/, '') as FieldType),
        list: repeats !== undefined,
        group: repeats !== undefined && group ? Number(group) : 1,
        special: name.endsWith('!'),
      };
    });

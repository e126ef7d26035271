/** Of which kinds Kea's keywords are, and what is said of each in their table (keywords.ts). */
import type { Version } from './family.ts';
import type { OptionInput } from './options.ts';
import type { OptionType } from './optionType.ts';
import type { ClassDefinition, IdentifierType, OptionData, PdPoolBody, PoolBody } from './state.ts';

/** What the value of a keyword is in a body, by kind. */
export interface Values {
  readonly integer: number;
  readonly real: number;
  readonly boolean: boolean;
  readonly text: string;
  /** Text whose bytes are kept: it is what a packet has. */
  readonly octets: string;
  /** One address, as its family spells it. */
  readonly address: string;
  readonly prefix: string;
  /** `first-last`. */
  readonly range: string;
  /** Bytes, as lower-case hexadecimal digits without separators. */
  readonly bytes: string;
  /** True, or absent. */
  readonly flag: true;
  /** Names of client classes. */
  readonly classes: readonly string[];
  readonly addresses: { readonly 'ip-addresses': readonly string[] };
  readonly addressList: readonly string[];
  /** Prefixes that are delegated, `address/length`. */
  readonly prefixList: readonly string[];
  readonly options: readonly OptionData[];
  readonly pools: readonly PoolBody[];
  readonly pdPools: readonly PdPoolBody[];
  /** Definitions of options that a client class alone has. */
  readonly definitions: readonly ClassDefinition[];
  /** Kea's name of the type of an option's value. */
  readonly optionType: OptionType;
  /** The types of the fields of a record, `uint16, string`. */
  readonly recordTypes: string;
  /** The user's part of a user-context: without the operator's marker. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly identifierType: IdentifierType;
  readonly identifierTypes: readonly IdentifierType[];
  /** Whose name a client gets: its own, or one that the server makes up. */
  readonly nameReplacement: NameReplacement;
  readonly texts: readonly string[];
  /** Words with values of their own. */
  readonly map: Readonly<Record<string, number | boolean | string>>;
}
/** In the order of the numbers that columns have for them. */
export const NAME_REPLACEMENTS = ['never', 'always', 'when-present', 'when-not-present'] as const;
export type NameReplacement = (typeof NAME_REPLACEMENTS)[number];
export type ValueKind = keyof Values;

/** What the field of a custom resource gives for it, where that differs. */
export interface Given {
  readonly map: Readonly<Record<string, Values['map'][string] | undefined>>;
  readonly flag: boolean;
  readonly addresses: { readonly ipAddresses: readonly string[] };
  readonly options: readonly OptionInput[];
  readonly pools: readonly object[];
  readonly pdPools: readonly object[];
  readonly definitions: readonly object[];
  readonly recordTypes: readonly OptionType[];
}

/** Where keywords stand: in a server's configuration as a whole, or in one of the things that it has. */
export type Level = 'global' | 'network' | 'subnet' | 'pool' | 'pd-pool' | 'host' | 'option' | 'class' | 'option-def';

/** A keyword at one of its levels. */
export interface Storage {
  /**
   * Where it is stored: in a column of the level's table (`family column`: in one of the hosts table that is the family's own), in rows of another
   * table, in the server's bootstrap configuration, or nowhere, as Kea has no column for it.
   */
  readonly in: 'column' | 'family column' | 'rows' | 'bootstrap' | 'no column';
  /** The columns, where they are not the one that has the keyword's name with `_` for `-`. */
  readonly columns?: readonly string[];
  /** There is none without it. */
  readonly required?: true;
  /** What the custom resource says it by, where that is not a field with the keyword's name in camelCase. */
  readonly given?: string;
  /** It is of the row alone: in Kea's JSON the place of the object says it. */
  readonly rowOnly?: true;
  /** The order of a list means something. */
  readonly ordered?: true;
  /** What the column has where the keyword is not set; left out: NULL. */
  readonly none?: number | boolean | string;
}

/** A word of a map. */
export interface MapMember {
  readonly kind: 'integer' | 'boolean' | 'text';
  readonly unit?: 's' | 'ms';
  readonly bounds?: readonly [least: number, most: number];
  readonly family?: Version;
}

export interface Keyword {
  readonly kind: ValueKind;
  readonly unit?: 's';
  /** Of an integer the least and the greatest, of a real what it is greater and less than, of a text the number of characters. */
  readonly bounds?: readonly [least: number, most: number];
  /** The only address family that has it. */
  readonly family?: Version;
  /** Of a map: its words. */
  readonly members?: Readonly<Record<string, MapMember>>;
  /**
   * How a level gets it from those around it: `nearest`, the nearest that has it; `triplet`, as `nearest`, but a row that has one of the three lease
   * times stands for all of them; `merged`, each member of the list from the nearest that has it.
   */
  readonly inherited?: 'nearest' | 'triplet' | 'merged';
  /** The operator sets it in a subnet where nobody has (src/compile/lookups.ts). */
  readonly derived?: true;
  /** The first Kea that has it, where that is later than 3.0, the first that the operator runs. */
  readonly since?: string;
  readonly at: Readonly<Partial<Record<Level, Storage>>>;
}

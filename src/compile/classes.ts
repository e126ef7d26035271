/** ClientClasses, each by itself, and the order in which Kea looks at them. */
import type { HAPairSpec } from '../api/haPair.ts';
import { canonicalClass } from '../kea/canonical.ts';
import { type ClassOrder, type ClassToOrder, orderClasses, placesFor } from '../kea/classOrder.ts';
import { classDefinitions, classProblem, OPERATORS_OWN } from '../kea/classRules.ts';
import { makeMarker } from '../kea/digest.ts';
import { scalarsAt } from '../kea/keywords.ts';
import { knownOptions } from '../kea/knownOptions.ts';
import { parseOptions } from '../kea/options.ts';
import type { ClassBody, Item } from '../kea/state.ts';
import type { ClassChild } from './child.ts';
import { definitionOf } from './definitions.ts';
import { checkOptionGuards, pairFacts } from './facts.ts';
import { compileNamed, tornAway } from './named.ts';
import type { Checked } from './networkPart.ts';
import { awaiting, reject } from './objects.ts';
import { type CompilePass, refuse } from './pass.ts';
import { invalidOption } from './refusals.ts';
import type { Rejection } from './types.ts';

/** Judges the classes of the pair, before all that are for the clients of some. */
export const compileClasses = (pass: CompilePass, spec: HAPairSpec): void => {
  const { snapshot, memory } = pass;
  compileNamed(pass, 'class', snapshot.classes, (child) => checkClass(pass, child), {
    whatOf: ({ name }) => `a client class ${name}`,
    namesOf: ({ name }) => [name],
  });
  const childOf = childrenIn(pass);
  for (;;) {
    const order = orderOf(pass, childOf);
    learn(pass, spec);
    const wrong = [...pass.classes.values()].flatMap((item) => {
      const child = childOf(item);
      const rejection =
        child && pass.verdicts.get(child.ref)?.accepted === true ? refusalOf(pass, child, item.body, order) : undefined;
      return child && rejection ? [{ child, rejection, name: item.body.name }] : [];
    });
    if (wrong.length === 0) {
      memory.facts = pass.facts;
      return;
    }
    for (const { child, rejection, name } of wrong) {
      pass.classes.delete(name);
      refuse(pass, child.ref, rejection);
    }
  }
};

type ChildOf = (item: Item<ClassBody>) => ClassChild | undefined;

const childrenIn = ({ snapshot }: CompilePass): ChildOf => {
  const children = new Map(snapshot.classes.map((child) => [child.ref, child]));
  return ({ marker }) => marker && children.get(marker.object);
};

const orderOf = ({ classes, reserved }: CompilePass, childOf: ChildOf): ClassOrder =>
  orderClasses(
    [...classes.values()].map((item) => toOrder(item, childOf(item))),
    reserved,
  );

const SCALARS = scalarsAt('class');

const checkClass = (pass: CompilePass, { name, parsed }: ClassChild): Checked<ClassBody> => {
  const { family, source } = pass.facts;
  if ('rejection' in parsed) return parsed;
  const { spec } = parsed;
  const definitions = spec.optionDef?.map((definition) => definitionOf(family, definition, definition.name)) ?? [];
  const known =
    definitions.length === 0 ? pass.facts.known : knownOptions(family, [...source.definitions, ...definitions]);
  const options = parseOptions(known, spec.optionData ?? []);
  if (!options.ok) return { rejection: invalidOption(options) };
  const given = spec as Readonly<Record<string, unknown>>;
  const body = canonicalClass({
    ...Object.fromEntries(SCALARS.map(({ field, keyword }) => [keyword, given[field]])),
    name: spec.name ?? name,
    // Its place among the others comes when they are known.
    'order-index': 0,
    'template-test': spec.templateTest,
    ...(spec.onlyInAdditionalList ? { 'only-in-additional-list': true } : {}),
    'option-data': options.options,
    'option-def': classDefinitions(family, { 'option-data': options.options, 'option-def': definitions }),
    'user-context': spec.userContext,
  });
  const problem = classProblem(family, body);
  return problem === undefined ? { value: body } : { rejection: reject('InvalidSpec', problem) };
};

const toOrder = ({ body }: Item<ClassBody>, child: ClassChild | undefined): ClassToOrder => {
  const { name, test } = body;
  const order = child && 'spec' in child.parsed ? child.parsed.spec.order : 0;
  return { name, order, ...(test === undefined ? {} : { test }) };
};

/** Of the classes that packets can be in, the facts of the pair tell. */
const learn = (pass: CompilePass, spec: HAPairSpec): void => {
  const { snapshot, rows, memory } = pass;
  const names = new Set(pass.classes.keys());
  for (const { item } of rows.foreignClasses) names.add(item.body.name);
  // What is left of an object that was torn away goes on as long as somebody needs it.
  for (const [name] of tornAway(pass, 'class')) if (!name.startsWith(OPERATORS_OWN)) names.add(name);
  pass.defined = names;
  const { definitions } = pass.facts.source;
  pass.facts = pairFacts(snapshot, spec, { classes: [...pass.reserved, ...names], definitions }, memory.facts);
};

const refusalOf = (
  { facts, reserved }: CompilePass,
  { parsed }: ClassChild,
  { name }: ClassBody,
  { cycles, unknown }: ClassOrder,
): Rejection | undefined => {
  const cycle = cycles.get(name);
  if (cycle) {
    const message = `test: its classes ask for one another in a circle (${[...cycle, cycle[0]].join(', ')}), and Kea knows of a class only what stands before it: take one of the member() out`;
    return reject('ClassCycle', message);
  }
  const missing = unknown.get(name)?.filter((member) => !reserved.has(member) && !facts.knowsClass(member)) ?? [];
  const [first] = missing;
  if (first !== undefined) {
    const message = `test: there is no client class ${first}, of which it asks for members: it waits until there is one; create it, or correct the name`;
    return awaiting(reject('UnknownClientClass', message));
  }
  if ('rejection' in parsed) return undefined;
  return checkOptionGuards(facts, parsed.spec.optionData ?? [], 'optionData');
};

/** Gives each class its place, once all are known: as many as can be keep theirs. */
export const placeClasses = (pass: CompilePass): void => {
  const childOf = childrenIn(pass);
  const { names, cycles, dependOnKnown } = orderOf(pass, childOf);
  const { owned } = pass.surroundings.rows;
  const known = new Map([...owned.classes].map(([name, { body }]) => [name, body['order-index']]));
  const taken = new Set(pass.rows.foreignClasses.map(({ item }) => item.body['order-index']));
  const places = placesFor([...names, ...cycles.keys()], known, taken);
  for (const [name, item] of pass.classes) {
    const { marker } = item;
    if (!marker) continue;
    const { 'depend-on-known': _, ...rest } = item.body;
    const body = canonicalClass({
      ...rest,
      'order-index': places.get(name) ?? 0,
      ...(dependOnKnown.has(name) ? { 'depend-on-known': true } : {}),
    });
    const isKept = childOf(item) === undefined || pass.kept.has(marker.object);
    const same = isKept && body['order-index'] === item.body['order-index'];
    if (!same) pass.classes.set(name, { body, marker: makeMarker(marker, body) });
  }
};

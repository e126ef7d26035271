/** Every global that a HAPair can have, as real servers take it and tell it. */
import { describe, expect, it } from 'vitest';
import { globalsFieldOf } from '../../src/api/families.ts';
import { FAMILIES } from '../../src/kea/families.ts';
import type { Family } from '../../src/kea/family.ts';
import { contentOf } from '../../src/kea/json.ts';
import { type Field, fieldsAt } from '../../src/kea/keywords.ts';
import { serverConfig } from '../../src/workload/bootstrap/config.ts';
import { pushBootstrap } from '../../src/workload/bootstrap/push.ts';
import { configOf } from '../support/keaState.ts';
import { useBench } from '../support/keaTier.ts';
import { makePair, topologyOf } from '../support/pair.ts';
import { usePairBench } from '../support/pairGround.ts';
import type { RunningPair } from '../support/runningPair.ts';

const OF_BOTH = {
  renewTimer: 400,
  rebindTimer: 700,
  calculateTeeTimes: false,
  t1Percent: 0.4,
  t2Percent: 0.7,
  cacheThreshold: 0.3,
  cacheMaxAge: 60,
  reservationsGlobal: true,
  reservationsInSubnet: false,
  reservationsOutOfPool: true,
  allocator: 'random',
  validLifetime: 1000,
  minValidLifetime: 500,
  maxValidLifetime: 2000,
  ddnsSendUpdates: false,
  ddnsOverrideNoUpdate: true,
  ddnsOverrideClientUpdate: true,
  ddnsReplaceClientName: 'when-not-present',
  ddnsGeneratedPrefix: 'dyn',
  ddnsQualifyingSuffix: 'example.org',
  ddnsTtlPercent: 0.2,
  ddnsTtlMin: 100,
  ddnsTtlMax: 900,
  ddnsUpdateOnRenew: true,
  ddnsConflictResolutionMode: 'no-check-without-dhcid',
  hostnameCharSet: '[^A-Za-z0-9.-]',
  hostnameCharReplacement: 'x',
  declineProbationPeriod: 60,
  storeExtendedInfo: true,
  statisticDefaultSampleCount: 5,
  statisticDefaultSampleAge: 60,
  parkedPacketLimit: 0,
  earlyGlobalReservationsLookup: true,
  reservationsLookupFirst: true,
  ipReservationsUnique: false,
  expiredLeasesProcessing: {
    reclaimTimerWaitTime: 0,
    flushReclaimedTimerWaitTime: 65_535,
    holdReclaimedTime: 4_294_967_295,
    maxReclaimLeases: 4_294_967_295,
    maxReclaimTime: 10_000,
    unwarnedReclaimCycles: 65_535,
  },
  sanityChecks: { leaseChecks: 'fix-del', extendedInfoChecks: 'pedantic' },
  optionData: [{ name: 'domain-search', data: 'example.org' }],
};
const GLOBALS = {
  4: {
    ...OF_BOTH,
    hostReservationIdentifiers: ['duid', 'hw-address'],
    offerLifetime: 30,
    nextServer: '192.0.2.7',
    serverHostname: 'boot',
    bootFileName: 'boot.efi',
    matchClientId: false,
    authoritative: true,
    echoClientId: false,
    stashAgentOptions: true,
    compatibility: {
      lenientOptionParsing: true,
      ignoreDhcpServerIdentifier: true,
      ignoreRaiLinkSelection: true,
      excludeFirstLast24: true,
    },
  },
  6: {
    ...OF_BOTH,
    hostReservationIdentifiers: ['duid'],
    preferredLifetime: 600,
    minPreferredLifetime: 300,
    maxPreferredLifetime: 900,
    pdAllocator: 'random',
    macSources: ['client-link-addr-option', 'raw', 'docsis-modem'],
    relaySuppliedOptions: ['65', '94'],
    compatibility: { lenientOptionParsing: true },
  },
} as const;

const DATABASE = { host: 'db', port: 1, name: 'kea', user: 'kea', password: '', sslMode: 'disable' } as const;
const FILES = { ca: '', cert: '', key: '', password: '' };

/** The globals of a specification in Kea's words, as the operator writes them. */
const globalsOf = (family: Family, given: object): Readonly<Record<string, unknown>> => {
  const pair = makePair({ ipFamilies: ['IPv4', 'IPv6'], leaseStorage: 'PostgreSQL', [globalsFieldOf(family)]: given });
  const topology = topologyOf(pair, family);
  const [server] = topology.servers;
  if (server === undefined) throw new Error('the pair has no servers');
  const made = serverConfig({ pair, topology, server, database: DATABASE, digestKey: '', files: FILES });
  if (!made.ok) throw new Error(made.problem.message);
  const config = contentOf(family, made.config);
  const fields: readonly Field[] = fieldsAt('global', family.version);
  return Object.fromEntries(
    fields.flatMap(({ keyword }) => (config[keyword] === undefined ? [] : [[keyword, config[keyword]]])),
  );
};

describe.each(FAMILIES)('$daemon', (family) => {
  const bench = useBench(family);
  const of = (given: object) => bench.server({ [globalsFieldOf(family)]: globalsOf(family, given) });

  it('takes every global, and tells it as it was given', async () => {
    const globals = globalsOf(family, GLOBALS[family.version]);
    const missing = fieldsAt('global', family.version).filter(({ keyword }) => !(keyword in globals));
    expect(missing.map(({ keyword }) => keyword)).toEqual(['ddns-ttl']);
    const config = await configOf((await of(GLOBALS[family.version])).client);
    expect(config).toMatchObject(globals);
  });

  it('takes a time to live in DNS by itself', async () => {
    expect(await configOf((await of({ ddnsTtl: 2_147_483_647 })).client)).toMatchObject({ 'ddns-ttl': 2_147_483_647 });
  });
});

describe('a server of a pair', () => {
  const bench = usePairBench();

  const push = async (pair: RunningPair, dhcp4: object) => {
    await pair.desired({ dhcp4 });
    const { client, made } = pair.server('a');
    return pushBootstrap(client, made.wanted.config, made.stored?.config, { subnets: new Set(), given: undefined });
  };

  it('goes on with its former configuration where it does not know what is extra', async () => {
    const pair = await bench.begin({ mode: 'Standalone' }, ['a']);
    const { client } = pair.server('a');
    const extra = { 'adaptive-lease-time-threshold': 0.5 };
    expect(await push(pair, { validLifetime: 700, extra })).toMatchObject({ kind: 'refused' });
    expect(await configOf(client)).toMatchObject({ 'valid-lifetime': 7200 });
    expect(await push(pair, { validLifetime: 700 })).toEqual({ kind: 'configured' });
    expect(await configOf(client)).toMatchObject({ 'valid-lifetime': 700 });
  });

  it('lets several clients have an address, and one alone again', async () => {
    const pair = await bench.begin({ mode: 'Standalone' }, ['a']);
    const { client } = pair.server('a');
    for (const ipReservationsUnique of [false, true]) {
      expect(await push(pair, { ipReservationsUnique })).toEqual({ kind: 'configured' });
      expect(await configOf(client)).toMatchObject({ 'ip-reservations-unique': ipReservationsUnique });
    }
  });
});

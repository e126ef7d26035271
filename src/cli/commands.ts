/** The lease commands as commander knows them. What they do is loaded when one is called: help and completion are to be there at once. */
import type { Command } from 'commander';
import type { Exit } from './exit.ts';
import type { ExportFlags } from './export.ts';
import type { FindFlags } from './find.ts';
import type { ListFlags } from './list.ts';
import { format, intervalSeconds, scanCount, whole, withConnection, withEverywhere, withSelectors } from './options.ts';
import type { ReleaseFlags } from './release.ts';
import type { ReserveCommandFlags } from './reserve.ts';
import type { CliSession, ConnectFlags } from './session.ts';
import type { WatchFlags } from './watch.ts';

/** Runs the work of a command and sets the exit code of the process. */
export type Run = (flags: ConnectFlags, work: (session: CliSession) => Promise<Exit>) => Promise<void>;

/** In the help of every command. */
const EXITS = 'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 find has found nothing, 130 interrupted.';

/** So many leases are looked through for a part in the middle of a host name: some ten seconds' worth. */
const SCANNED = 100_000;

const examples = (name: string, ...lines: readonly (readonly [command: string, what: string])[]): string =>
  `\nExamples:\n${lines.map(([command, what]) => `  ${name} ${command}\n      ${what}`).join('\n')}\n\n${EXITS}`;

/** @param name How the commands are called, in examples: `kubectl kea`. */
export const addLeaseCommands = (parent: Command, name: string, run: Run): void => {
  addFind(parent, name, run);
  addList(parent, name, run);
  addShow(parent, name, run);
  addRelease(parent, name, run);
  addReserve(parent, name, run);
  addExport(parent, name, run);
  addWatch(parent, name, run);
};

const addFind = (parent: Command, name: string, run: Run): void => {
  const find = parent
    .command('find')
    .description('find leases, and reservations that nobody uses, by anything one has in hand')
    .argument(
      '<what...>',
      'an address or a prefix; a MAC address, client identifier or DUID in any spelling; a Subnet; a host name or a part of it',
    );
  withEverywhere(withConnection(find))
    .addOption(format(['table', 'wide', 'json', 'jsonl', 'yaml', 'name'], 'table'))
    .option('--no-headers', 'without the titles of the columns')
    .option(
      '--scan <count>',
      'leases that are looked through for a part in the middle of host names, where nothing else is found; 0: none, all: every one',
      scanCount,
      SCANNED,
    )
    .addHelpText(
      'after',
      `\nIt looks in all namespaces; where you may not list those, in the one of the context.\n${examples(
        name,
        ['find 10.7.0.1', 'who has this address'],
        ['find 2001:db8:8000:1::5', 'also within a delegated prefix'],
        ['find 0200.5e10.0001', 'all leases of a MAC address, in any spelling'],
        ['find printer', 'a Subnet of that name, and host names that begin so or have it in them'],
        ['find 10.7.4.0/24', 'all leases in a prefix'],
      )}`,
    )
    .action((what: readonly string[], flags: FindFlags & ConnectFlags) =>
      run(flags, async (session) => (await import('./find.ts')).runFind(session, what, flags)),
    );
};

const addList = (parent: Command, name: string, run: Run): void => {
  withSelectors(withEverywhere(withConnection(parent.command('list').description('list leases'))))
    .addOption(format(['table', 'wide', 'json', 'jsonl', 'yaml', 'csv', 'name'], 'table'))
    .option('--no-headers', 'without the titles of the columns')
    .option('--limit <count>', 'so many at most', whole(1, 1_000_000_000))
    .addHelpText(
      'after',
      examples(
        name,
        ['list -n dhcp --subnet desks --state Active,Expired', 'leases of a Subnet in two states'],
        ['list -A --family 6 --type Prefix', 'every delegated prefix'],
        ['list -A -l kea-operator.io/pair!=office -o json', 'by a label selector'],
      ),
    )
    .action((flags: ListFlags & ConnectFlags) =>
      run(flags, async (session) => (await import('./list.ts')).runList(session, flags)),
    );
};

const addShow = (parent: Command, name: string, run: Run): void => {
  withConnection(parent.command('show').description('show one lease with its Subnet, reservation and pair'))
    .argument('<lease>', 'address, or prefix as 2001:db8:8000::/56')
    .addHelpText('after', examples(name, ['show 10.7.0.1 -n dhcp', 'all that is known of a lease']))
    .action((lease: string, flags: ConnectFlags) =>
      run(flags, async (session) => (await import('./show.ts')).runShow(session, lease)),
    );
};

const addRelease = (parent: Command, name: string, run: Run): void => {
  const release = parent
    .command('release')
    .description('release leases, once they were shown')
    .argument('[lease...]', 'addresses or prefixes; left out: options choose the leases');
  withSelectors(withEverywhere(withConnection(release)))
    .option('-y, --yes', 'without asking')
    .option('--dry-run', 'only show which')
    .addHelpText(
      'after',
      `\nA client is not told: it goes on with its address until it asks for it again. Each lease is released only if it is still that of the client that was shown.\n${examples(
        name,
        ['release 10.7.0.1 10.7.0.2 -n dhcp', 'two leases'],
        ['release -n dhcp --subnet desks --state Declined --yes', 'by what they have in common, in a script'],
        ['release -n dhcp --pair office --dry-run', 'what would be released'],
      )}`,
    )
    .action((leases: readonly string[], flags: ReleaseFlags & ConnectFlags) =>
      run(flags, async (session) => (await import('./release.ts')).runRelease(session, leases, flags)),
    );
};

const addReserve = (parent: Command, name: string, run: Run): void => {
  withConnection(
    parent.command('reserve').description('print or apply a HostReservation that keeps an address for its client'),
  )
    .argument('<lease>', 'address, or prefix as 2001:db8:8000::/56')
    .option('--apply', 'apply it in place of printing it')
    .option('--name <name>', 'name of the HostReservation; left out: made of the host name or the address')
    .option('--hostname <name>', 'host name that the client is to get')
    .addHelpText(
      'after',
      examples(
        name,
        ['reserve 10.7.0.1 -n dhcp > printer.yaml', 'print it'],
        ['reserve 10.7.0.1 -n dhcp --name printer --hostname printer --apply', 'apply it'],
      ),
    )
    .action((lease: string, flags: ReserveCommandFlags & ConnectFlags) =>
      run(flags, async (session) => (await import('./reserve.ts')).runReserve(session, lease, flags)),
    );
};

const addExport = (parent: Command, name: string, run: Run): void => {
  withSelectors(withEverywhere(withConnection(parent.command('export').description('write leases to a file'))))
    .addOption(format(['csv', 'jsonl'], 'csv'))
    .option('-f, --file <file>', 'file, which appears when all is in it; left out: standard output')
    .addHelpText(
      'after',
      `\nWhere a pair cannot be asked, or the list breaks off, the exit code is 1 and the file is not whole.\n${examples(
        name,
        ['export -A -f leases.csv', 'all leases'],
        ['export -n dhcp --subnet desks -o jsonl | jq -r .spec.hostname', 'one JSON object a line'],
      )}`,
    )
    .action((flags: ExportFlags & ConnectFlags) =>
      run(flags, async (session) => (await import('./export.ts')).runExport(session, flags)),
    );
};

const addWatch = (parent: Command, name: string, run: Run): void => {
  const watch = parent.command('watch').description('tell which leases come (+), go (-) and change (~)');
  withSelectors(withEverywhere(withConnection(watch)))
    .addOption(format(['table', 'jsonl'], 'table'))
    .option('--interval <seconds>', 'time between two looks, 1 at least', intervalSeconds, 5)
    .option('--renewals', 'also tell of leases that were only renewed')
    .option('--count <looks>', 'end after so many looks', whole(1, 1_000_000_000))
    .addHelpText(
      'after',
      `\nThe lease API has no watch: it is asked again and again, more seldom while it cannot answer.\n${examples(
        name,
        ['watch -n dhcp --subnet desks', 'what happens in a Subnet'],
        ['watch -A --state Declined --interval 30', 'conflicts, as they come'],
      )}`,
    )
    .action((flags: WatchFlags & ConnectFlags) =>
      run(flags, async (session) => (await import('./watch.ts')).runWatch(session, flags)),
    );
};

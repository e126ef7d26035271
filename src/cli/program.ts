/** The program under its two names: `kea-operator`, which also runs in the cluster, and `kubectl kea`, a plugin of kubectl. */
import { basename } from 'node:path';
import { Argument, Command } from 'commander';
import { leaseCommands } from './run.ts';
import { completionScript, type Shell, SHELLS } from './scripts.ts';

/** kubectl looks for plugins by the name of their file. */
const PLUGIN = 'kubectl-kea';

/**
 * The program with the lease commands.
 * @param program What runs in the cluster.
 * @param argv0 How the program was called: under the name of a plugin it is one, and nothing else.
 */
export const withLeaseCommands = (program: Command, argv0: string): Command => {
  if (!basename(argv0).startsWith(PLUGIN)) {
    addAll(program, program.name(), program.name());
    return program;
  }
  const plugin = new Command('kubectl kea')
    .description('Find, free and reserve the addresses that Kea gives out.')
    .version(program.version() ?? '')
    .showHelpAfterError('(--help says more)')
    .exitOverride();
  leaseCommands(plugin, plugin.name());
  addAll(plugin, plugin.name(), PLUGIN);
  return plugin;
};

/** @param file What a shell calls. */
const addAll = (program: Command, name: string, file: string): void => {
  const lease = program.command('lease').description('find, free and reserve the addresses that Kea gives out');
  leaseCommands(lease, `${name} lease`);
  program
    .command('completion')
    .description('print what makes a shell complete the commands of this program')
    .addArgument(
      new Argument('<shell>', 'kubectl: the file kubectl_complete-kea, for "kubectl kea" in any shell').choices(SHELLS),
    )
    .addHelpText('after', `\nExample:\n  source <(${file} completion bash)`)
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, file));
    });
};

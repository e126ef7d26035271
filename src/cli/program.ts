/** The program under its two names: `kea-operator`, which also runs in the cluster, and `kubectl kea`, a plugin of kubectl. */
import { basename } from 'node:path';
import { Argument, Command } from 'commander';
import { VERSION } from '../version.ts';
import { leaseCommands } from './run.ts';
import { completionScript, SHELLS } from './scripts.ts';

/** kubectl looks for plugins by the name of their file. */
const PLUGIN = 'kubectl-kea';

/**
 * @param argv0 How the program was called: under the name of a plugin it is one.
 * @param addOthers Adds what runs in the cluster.
 */
export const createProgram = (argv0: string, addOthers: (program: Command) => void): Command => {
  const isPlugin = basename(argv0).startsWith(PLUGIN);
  const name = isPlugin ? 'kubectl kea' : 'kea-operator';
  const program = new Command(name).version(VERSION).showHelpAfterError('(--help says more)').exitOverride();
  if (isPlugin) {
    program.description('Find, free and reserve the addresses that Kea gives out.');
    leaseCommands(program, name);
  } else {
    program.description('Runs ISC Kea DHCP as Kubernetes custom resources.');
    addOthers(program);
  }
  const lease = program.command('lease').description('find, free and reserve the addresses that Kea gives out');
  leaseCommands(lease, `${name} lease`);
  program
    .command('completion')
    .description('print what makes a shell complete the commands of this program')
    .addArgument(
      new Argument('<shell>', 'kubectl: the file kubectl_complete-kea, for "kubectl kea" in any shell').choices(SHELLS),
    )
    .addHelpText('after', `\nExample:\n  source <(${isPlugin ? PLUGIN : name} completion bash)`)
    .action((shell: (typeof SHELLS)[number]) => {
      process.stdout.write(completionScript(shell, isPlugin ? PLUGIN : name));
    });
  return program;
};

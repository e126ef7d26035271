/** The command line: of what runs in the cluster, and of the lease commands, also as the plugin of kubectl. */
import { createProgram } from './cli/program.ts';
import { runProgram } from './cli/run.ts';
import { addServerCommands } from './commands/commandLine.ts';

// Not awaited at the top: the single file for Linux is made of CommonJS, which has no such thing.
void runProgram(createProgram(process.argv0, addServerCommands), process.argv.slice(2));

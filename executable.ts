/**
 * Makes of dist/kea-operator.js and of this Node.js one file for Linux, dist/kubectl-kea: Node's single executable application
 * (https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html). Beside it kubectl_complete-kea, for kubectl's completion.
 * Another directory may be named, as for build.ts.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { withNote } from './elf.ts';
import { completionScript } from './src/cli/scripts.ts';

const DIRECTORY = process.argv[2] ?? 'dist';
const BUNDLE = join(DIRECTORY, 'kea-operator.js');
const EXECUTABLE = join(DIRECTORY, 'kubectl-kea');
const COMPLETION = join(DIRECTORY, 'kubectl_complete-kea');

/** What Node looks for in its own file: a note of this name, once the switch in it is on. */
const NOTE = 'NODE_SEA_BLOB';
const SWITCH = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** As Node takes it: CommonJS, without any file beside it. */
const bundle = async (outfile: string): Promise<void> => {
  await build({
    entryPoints: [BUNDLE],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    define: { 'import.meta.url': '__url' },
    banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
    external: ['pg-native'],
    legalComments: 'none',
    logLevel: 'warning',
  });
};

const directory = mkdtempSync(join(tmpdir(), 'kubectl-kea-'));
try {
  const [main, config, output] = ['main.cjs', 'sea.json', 'sea.blob'].map((name) => join(directory, name));
  if (main === undefined || config === undefined || output === undefined) throw new Error('three files have a name');
  await bundle(main);
  // Compiled beforehand it starts in half the time.
  writeFileSync(config, JSON.stringify({ main, output, disableExperimentalSEAWarning: true, useCodeCache: true }));
  execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: ['ignore', 'ignore', 'pipe'] });

  const node = readFileSync(process.execPath);
  const at = node.indexOf(`${SWITCH}:0`);
  if (at < 0 || node.indexOf(`${SWITCH}:0`, at + 1) >= 0)
    throw new Error(`${process.execPath} cannot be made a single executable: it has not one switch for it`);
  node.write('1', at + SWITCH.length + 1);
  rmSync(EXECUTABLE, { force: true });
  writeFileSync(EXECUTABLE, withNote(node, NOTE, readFileSync(output)));
  chmodSync(EXECUTABLE, 0o755);
  writeFileSync(COMPLETION, completionScript('kubectl', 'kubectl-kea'));
  chmodSync(COMPLETION, 0o755);
} finally {
  rmSync(directory, { recursive: true });
}

/** Bundles src/main.ts for the operator image: one file, Node 24, no node_modules beside it. In dist/, or in the directory that is named. */
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/**
 * What src/runtime uses of two libraries whose other half would come along. Of client-node it reads kubeconfigs; its generated API is
 * half of a bundle. The base class of @dot-i/k8s-operator makes one API object of it, and all its requests are replaced (src/runtime/base.ts).
 */
const USED: Readonly<Record<string, string>> = {
  '@kubernetes/client-node': `
    export { KubeConfig } from '@kubernetes/client-node/dist/config.js';
    export { loadYaml } from '@kubernetes/client-node/dist/yaml.js';
    export class CoreV1Api {}`,
  gaxios: '',
};

const usedAlone: Plugin = {
  name: 'used alone',
  setup: (bundle) => {
    bundle.onResolve({ filter: /^(@kubernetes\/client-node|gaxios)$/ }, ({ path }) => ({ path, namespace: 'used' }));
    bundle.onLoad({ filter: /./, namespace: 'used' }, ({ path }) => ({
      contents: USED[path] ?? '',
      resolveDir: import.meta.dirname,
    }));
    // Its modules do nothing when they are loaded but define what they export.
    bundle.onResolve({ filter: /^\.\.?\// }, ({ path, importer, resolveDir }) =>
      importer.includes('/@kubernetes/client-node/dist/')
        ? { path: resolve(resolveDir, path), sideEffects: false }
        : undefined,
    );
  },
};

await build({
  entryPoints: ['src/main.ts'],
  outfile: join(process.argv[2] ?? 'dist', 'kea-operator.js'),
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // Names stay, so that stack traces can be read; half of the memory that the code takes goes with the white space. With a letter beyond
  // ASCII, as there is in the name of an author, it would take twice as much.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'external',
  // CommonJS dependencies inside an ESM bundle still call require().
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  external: ['pg-native'],
  plugins: [usedAlone],
  logLevel: 'info',
});

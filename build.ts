/** Bundles src/main.ts for the operator image: one file, Node 24, no node_modules beside it. */
import { build } from 'esbuild';

await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/kea-operator.js',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // Names stay, so that stack traces can be read; half of the memory that the code takes goes with the white space.
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  // CommonJS dependencies inside an ESM bundle still call require().
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  external: ['pg-native'],
  logLevel: 'info',
});

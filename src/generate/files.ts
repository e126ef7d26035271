/** Everything that is generated from the code and checked in. */
import { customResourceDefinition } from '../api/crd.ts';
import { kinds } from '../api/index.ts';
import { apiReference } from './apiReference.ts';
import { keywordsReference } from './keywordsReference.ts';
import { kustomizeReferences } from './kustomizeReferences.ts';
import { metricsReference } from './metricsReference.ts';
import { reasonsReference } from './reasonsReference.ts';
import { toYaml } from './yaml.ts';

/** Folders in which every file is generated: what is there beside is a leftover. */
export const GENERATED_FOLDERS = ['crds', 'charts/kea-operator/files/crds', 'docs/reference'] as const;

/** File contents by path within the project; the same for the same code. */
export const generatedFiles = (): ReadonlyMap<string, string> => {
  const crds = kinds.map(
    (kind) =>
      [
        `${kind.plural}.yaml`,
        `# Generated from src/api by \`npm run generate\`: change it there.\n${toYaml(customResourceDefinition(kind))}`,
      ] as const,
  );
  return new Map([
    ...crds.map(([name, content]) => [`crds/${name}`, content] as const),
    // The chart's template wraps them: helm installs what is in a chart's own crds/ once and never upgrades it.
    ...crds.map(([name, content]) => [`charts/kea-operator/files/crds/${name}`, content] as const),
    ['docs/reference/api.md', apiReference(kinds)],
    ['docs/reference/keywords.md', keywordsReference()],
    ['docs/reference/reasons.md', reasonsReference()],
    ['docs/reference/metrics.md', metricsReference()],
    ['examples/kustomize/prod/kea-operator-kustomize.yaml', kustomizeReferences(kinds)],
  ]);
};

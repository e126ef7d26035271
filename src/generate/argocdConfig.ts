/** What is put into Argo CD's ConfigMap, so that it knows the health of the custom resources. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GROUP } from '../api/kind.ts';
import { toYaml } from './yaml.ts';

/** Laid out as Argo CD's own repository has them. */
export const HEALTH_SCRIPT = `examples/argocd/resource_customizations/${GROUP}/_/health.lua`;

export const argocdConfig = (): string => {
  const script = readFileSync(fileURLToPath(new URL(`../../${HEALTH_SCRIPT}`, import.meta.url)), 'utf8');
  const customizations = toYaml({ [`${GROUP}/*`]: { 'health.lua': script } });
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd' },
    data: { 'resource.customizations': customizations },
  };
  return `# Generated from ${HEALTH_SCRIPT} by \`npm run generate\`: change it there.
# Add the key to the ConfigMap of your Argo CD: kubectl patch configmap argocd-cm -n argocd --patch-file argocd-cm.yaml
${toYaml(config)}`;
};

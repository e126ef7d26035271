/** What is put into Argo CD's ConfigMap, so that it knows the health of the custom resources. */
import { GROUP } from '../api/kind.ts';
import { toYaml } from './yaml.ts';

/** Laid out as Argo CD's own repository has them. */
export const HEALTH_SCRIPT = `examples/argocd/resource_customizations/${GROUP}/_/health.lua`;
export const ARGOCD_CONFIG = 'examples/argocd/argocd-cm.yaml';

/** @param script The text of {@link HEALTH_SCRIPT}: it is no code of ours that could be imported. */
export const argocdConfig = (script: string): string => {
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

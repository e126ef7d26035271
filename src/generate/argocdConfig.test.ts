import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ARGOCD_CONFIG, argocdConfig, HEALTH_SCRIPT } from './argocdConfig.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test("Argo CD's ConfigMap has the script as it is", () => {
  const script = readFileSync(root + HEALTH_SCRIPT, 'utf8');
  expect(readFileSync(root + ARGOCD_CONFIG, 'utf8')).toBe(argocdConfig(script));
});

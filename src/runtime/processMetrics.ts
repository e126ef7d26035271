/** What every process of the project tells of itself. */
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

export interface ProcessMetrics {
  /** @param end When a certificate of the process ends, ms since 1970; undefined: it has, or knows, none any more. */
  readonly onCertificate: (certificate: string, end: number | undefined) => void;
}

/** Registers these and those of Node; a registry takes them once. */
export const createProcessMetrics = (registry: Registry, version: string): ProcessMetrics => {
  collectDefaultMetrics({ register: registry });
  return describeProcess(registry, version);
};

/** Registers ours alone. */
export const describeProcess = (registry: Registry, version: string): ProcessMetrics => {
  const registers = [registry];
  const build = new Gauge({
    name: 'kea_operator_build_info',
    help: '1; what this process was made from.',
    labelNames: ['version'] as const,
    registers,
  });
  build.set({ version }, 1);
  const expiry = new Gauge({
    name: 'kea_operator_own_certificate_expiry_timestamp_seconds',
    help: 'When the certificates of the process end that it shows now: metrics; of the lease API lease-api; of the operator that leads also ca (which signs all of these), internal, and postgresql where it is bundled.',
    labelNames: ['certificate'] as const,
    registers,
  });
  return {
    onCertificate: (certificate, end) => {
      if (end === undefined) expiry.remove({ certificate });
      else expiry.set({ certificate }, end / 1000);
    },
  };
};

/** Metrics that are made of what is known when somebody looks. */
import { setImmediate } from 'node:timers/promises';
import { Counter, Gauge, type Registry } from 'prom-client';

export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export interface GaugeOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly samples: () => Iterable<Sample>;
}

/** Registers metrics of which nothing is kept between two looks: what is not known any more has no series. */
export interface Gauges {
  readonly gauge: (options: GaugeOptions) => void;
  /** Of something that others count: it goes down where they begin anew, as counters do. */
  readonly counter: (options: GaugeOptions) => void;
}

/**
 * Of 10,000 Subnets there are a hundred thousand series: the library would keep an object with a hash of its labels for each, and what is gone would have to be
 * sought among them. All metrics are looked at in one go, so that between two of these others have the processor.
 */
export const createGauges = (registry: Registry): Gauges => {
  let turn: Promise<unknown> = Promise.resolve();
  const looked = (metric: Gauge | Counter, samples: GaugeOptions['samples']): void => {
    const described = metric.get.bind(metric) as () => Promise<object>;
    const get = async (): Promise<object> => {
      turn = turn.then(() => setImmediate());
      await turn;
      return { ...(await described()), values: [...samples()] };
    };
    Object.assign(metric, { get });
  };
  return {
    gauge: ({ samples, ...options }) => {
      looked(new Gauge({ ...options, registers: [registry] }), samples);
    },
    counter: ({ samples, ...options }) => {
      looked(new Counter({ ...options, registers: [registry] }), samples);
    },
  };
};

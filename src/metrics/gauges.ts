/** Gauges that are made of what is known when somebody looks. */
import { setImmediate } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';

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

/** Registers gauges of which nothing is kept between two looks. */
export type RegisterGauge = (options: GaugeOptions) => void;

/**
 * Of 10,000 Subnets there are a hundred thousand series: the library would keep an object with a hash of its labels for each, and what is gone would have to be
 * sought among them. All metrics are looked at in one go, so that between two of these others have the processor.
 */
export const createGauges = (registry: Registry): RegisterGauge => {
  let turn: Promise<unknown> = Promise.resolve();
  return ({ name, help, labelNames, samples }) => {
    const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
    const described = gauge.get.bind(gauge);
    gauge.get = async () => {
      turn = turn.then(() => setImmediate());
      await turn;
      return { ...(await described()), values: [...samples()] };
    };
  };
};

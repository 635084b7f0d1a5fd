/** A runtime without sockets and clocks, for tests that are offline and repeatable. */
import { Runtime, type RuntimeSettings } from './index';

export class TestingRuntime extends Runtime {
  /** `seed` decides every random choice. */
  constructor(options?: RuntimeSettings & { seed?: number });
  /** The virtual clock. */
  readonly nowNs: number;
  setLoss(partsPerMillion: number): void;
  /** One step of at most `ms` of virtual time; how many events it brought. */
  step(ms?: number): number;
  /** Steps until `promise` is settled; its outcome. */
  run<T>(promise: Promise<T>, options?: { limitMs?: number }): Promise<T>;
}

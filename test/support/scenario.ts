/** Prints a run as numbered steps that a newcomer can follow; a failed step ends the run and fails the command. */
export interface Scenario {
  /** One step: what is shown, and the work. What the work returns is shown as what was seen. */
  step(title: string, work: (show: Show) => Promise<string>): Promise<void>;
  /** Prints what was seen, step by step. Returns the exit code. */
  summary(): number;
}

/** Prints a command as a user would type it, and what it printed. */
export type Show = (command: string, printed: string) => void;

interface Seen {
  readonly title: string;
  readonly saw: string;
  readonly seconds: number;
  readonly ok: boolean;
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const indent = (text: string, by: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => by + line)
    .join('\n');

export const tellScenario = (name: string): Scenario => {
  const seen: Seen[] = [];
  print(`\n${name}\n${'='.repeat(name.length)}`);
  return {
    step: async (title, work) => {
      if (seen.some((step) => !step.ok)) return;
      print(`\n${seen.length + 1}. ${title}`);
      const start = Date.now();
      const seconds = (): number => Math.round((Date.now() - start) / 100) / 10;
      try {
        const saw = await work((command, printed) => {
          print(`   $ ${command}\n${indent(printed, '     ')}`);
        });
        seen.push({ title, saw, seconds: seconds(), ok: true });
        print(`   ok (${seconds()} s): ${saw}`);
      } catch (error) {
        const message = error instanceof Error ? describeError(error) : String(error);
        seen.push({ title, saw: message, seconds: seconds(), ok: false });
        print(`   FAILED (${seconds()} s)\n${indent(message, '     ')}`);
      }
    },
    summary: () => {
      print('\nSummary\n-------');
      for (const [index, step] of seen.entries()) {
        const first = step.saw.split('\n')[0] ?? '';
        print(
          `${step.ok ? 'ok  ' : 'FAIL'} ${String(index + 1).padStart(2)}. ${step.title}: ${first} (${step.seconds} s)`,
        );
      }
      const failed = seen.filter((step) => !step.ok).length;
      print(`\n${seen.length - failed} steps passed, ${failed} failed`);
      return failed === 0 ? 0 : 1;
    },
  };
};

const describeError = (error: Error): string =>
  error.cause instanceof Error ? `${error.message}\ncaused by: ${describeError(error.cause)}` : error.message;

// What a control shows: what is in force, and while that is being changed, what was chosen. Svelte leaves a control alone
// whose value is the one that it set last, so that after a refusal the choice would stay in sight.

export interface Chosen<T> {
  readonly shown: T;
  /** Shows `value` while `change` asks for it. Unless that says `true`, what is in force is shown at once. */
  choose(value: T, change: (value: T) => unknown): Promise<void>;
}

export function chosen<T>(inForce: () => T): Chosen<T> {
  let answers = $state(0);
  let shown = $derived.by(() => {
    void answers;
    return inForce();
  });
  return {
    get shown() {
      return shown;
    },
    async choose(value, change) {
      shown = value;
      // What was taken comes with the next picture.
      if ((await change(value)) !== true) answers += 1;
    },
  };
}

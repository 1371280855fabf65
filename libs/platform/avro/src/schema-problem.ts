/** A breach of a rule by a schema, in words for the person who edits it. */
export type SchemaProblem = {
  /** The part it is about: `OrderCreated.items[].sku`. */
  readonly path: string;
  /** What is wrong with the part; reads on after its path. */
  readonly problem: string;
  /** The rule that forbids it, and why. */
  readonly rule: string;
  /** What to do instead. */
  readonly fix: string;
};

/** The problem as one line. */
export function describeProblem({ path, problem, rule, fix }: SchemaProblem): string {
  return `${path} ${problem} (${rule}). Fix: ${fix}`;
}

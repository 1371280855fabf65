/** What a checker found. A run is green when there is none. */
export type Finding = {
  readonly check: 'C1' | 'C2' | 'C3' | 'C4' | 'C5' | 'C6' | 'C8';
  /** `unfinished`: a process that should have ended by now. `unnoticed`: something was broken and nothing said so. */
  readonly kind:
    'lost' | 'duplicated' | 'reordered' | 'invented' | 'different' | 'parked' | 'unfinished' | 'leaked' | 'unnoticed';
  readonly detail: string;
};

/** The six promises of the design, and the checkers that would find each of them broken. */
export const promises: Readonly<Record<string, readonly Finding['check'][]>> = {
  '1 acknowledged events are stored exactly once, gapless, unchanged': ['C1', 'C2'],
  '2 every stored event is on its topic exactly once, in order': ['C2', 'C3', 'C5'],
  '3 every effect happens exactly once, in order': ['C4', 'C5'],
  '4 nothing is skipped silently': ['C4', 'C8'],
  '5 the store alone gives every table': ['C4'],
  '6 no tenant sees another': ['C6'],
};

/** One tenant's events, as the store has them. */
export type TenantEvents<E> = { readonly tenantId: string; readonly events: readonly E[] };

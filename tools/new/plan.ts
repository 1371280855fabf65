/** A file that is made. */
export type NewFile = { readonly path: string; readonly text: string };

/** A file that exists and gets a line or some. @throws Error where the place for it is not found */
export type Edit = { readonly path: string; readonly edit: (text: string) => string };

/** What a generator does to the repository, and what it leaves to people. */
export type Plan = {
  readonly files: readonly NewFile[];
  readonly edits: readonly Edit[];
  readonly next: readonly string[];
};

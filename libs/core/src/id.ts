declare const kind: unique symbol;

/**
 * Text that names one entity of a kind: at run time a plain string, at compile time no id of any other kind. A string
 * becomes one where it enters, by `as`.
 */
export type Id<Kind extends string> = string & { readonly [kind]: Kind };

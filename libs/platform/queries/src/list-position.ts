/** Place of a row in a list, newest first: the key of the next page is that of the last row of this one. */
export type ListPosition = { readonly createdAt: string; readonly id: string };

/** Before every row. */
export const NEWEST: ListPosition = { createdAt: 'infinity', id: '' };

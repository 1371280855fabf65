/** Place in the order of the whole store: the transaction that wrote an event, and the event's number in it. */
export type StorePosition = { readonly transactionId: string; readonly globalPosition: number };

/** Before every event. */
export const STORE_BEGINNING: StorePosition = { transactionId: '0', globalPosition: 0 };

/** A position as a cursor that means nothing to its bearer. */
export function encodeCursor({ transactionId, globalPosition }: StorePosition): string {
  return Buffer.from(`${transactionId}.${globalPosition}`).toString('base64url');
}

/** @throws RangeError for text that `encodeCursor` did not make */
export function decodeCursor(cursor: string): StorePosition {
  const [, transactionId, globalPosition] =
    /^(\d{1,20})\.(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (!transactionId) throw new RangeError('not a cursor of the event store');
  return { transactionId, globalPosition: Number(globalPosition) };
}

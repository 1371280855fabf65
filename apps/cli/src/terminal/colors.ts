import type { Environment } from '@millrace/config';
import pico from 'picocolors';

/** The colours of one output, or functions that leave text as it is. */
export type Colors = ReturnType<typeof pico.createColors>;

/** Colours on a terminal, unless NO_COLOR is set or the terminal has none. */
export function colorsFor(output: { readonly isTTY?: boolean }, environment: Environment): Colors {
  return pico.createColors(Boolean(output.isTTY) && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb');
}

/** One place at which two rows differ: a JSON Pointer, and what was and is there; absent where nothing is. */
export type RowChange = { readonly path: string; readonly before?: unknown; readonly after?: unknown };

/** Where two JSON values differ, down to the single member. */
export function rowChanges(before: unknown, after: unknown, path = ''): RowChange[] {
  if (Array.isArray(before) === Array.isArray(after) && isContainer(before) && isContainer(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => rowChanges(own(before, name), own(after, name), `${path}/${escaped(name)}`));
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Not what every object inherits: a member may be called `constructor`. */
function own(container: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(container, name) ? container[name] : undefined;
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

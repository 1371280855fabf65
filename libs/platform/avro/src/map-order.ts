/**
 * The order of maps. Postgres keeps `jsonb` members in an order of its own, so the order in which a command gave them is
 * gone once the event is stored. Sorted before they are encoded, the bytes of the first time can be made again.
 */
import avsc, { type Type } from 'avsc';

type Ordering = (value: unknown) => unknown;

const asItIs: Ordering = (value) => value;

/** Puts the members of every map in the order of their names; a type without maps costs nothing. */
export function mapOrder(type: Type): Ordering {
  return holdsMap(type, new Set()) ? (value) => ordered(type, value) : asItIs;
}

/** @param seen types under way: a record may hold itself */
function holdsMap(type: Type, seen: Set<Type>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  if (type instanceof avsc.types.MapType) return true;
  return partsOf(type).some((part) => holdsMap(part, seen));
}

function partsOf(type: Type): readonly Type[] {
  if (type instanceof avsc.types.RecordType) return type.fields.map(({ type: part }) => part);
  if (type instanceof avsc.types.ArrayType) return [type.itemsType];
  if (type instanceof avsc.types.UnwrappedUnionType) return type.types;
  return [];
}

/** @param value fits the type */
function ordered(type: Type, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (type instanceof avsc.types.MapType) return orderedMap(type.valuesType as Type, value);
  if (type instanceof avsc.types.RecordType) return orderedRecord(type, value as Readonly<Record<string, unknown>>);
  if (type instanceof avsc.types.ArrayType) return (value as unknown[]).map((item) => ordered(type.itemsType, item));
  // The only unions are of null and one type.
  const branch = partsOf(type).find(({ typeName }) => typeName !== 'null');
  return branch ? ordered(branch, value) : value;
}

function orderedMap(valuesType: Type, map: object): object {
  const members = Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(members.map(([name, value]) => [name, ordered(valuesType, value)]));
}

function orderedRecord(type: avsc.types.RecordType, record: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(type.fields.map(({ name, type: part }) => [name, ordered(part, record[name])]));
}

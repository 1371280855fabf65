export { checkedGroups } from './checked-groups.ts';
export { projections } from './projections.ts';

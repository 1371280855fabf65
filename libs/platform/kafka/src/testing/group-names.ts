import { withAdmin } from '../kafka-client.ts';

/** Ids of all consumer groups that the brokers know. */
export async function groupNames(brokers: readonly string[]): Promise<string[]> {
  const { groups } = await withAdmin({ brokers }, (admin) => admin.listGroups());
  return groups.map(({ groupId }) => groupId);
}

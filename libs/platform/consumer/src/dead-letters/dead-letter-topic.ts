/** Topic that a group's dead letters go to. `millrace deploy` makes it; the topology names the groups. */
export function deadLetterTopicOf(group: string): string {
  return `${group}.dlq`;
}

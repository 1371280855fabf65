import { headerProblem, httpProblem } from './http-problem.ts';

/** Strong entity tag of a version: `"7"`. */
export const entityTag = (version: number): string => `"${version}"`;

/**
 * Version that `If-Match` asks for: `"<version>"`. `*` asks only that the aggregate exists, which every task checks
 * anyway, and gives undefined like an absent header.
 * @throws HttpProblem 412 for a tag that can match no version (weak, by RFC 9110's strong comparison, or not a number);
 *   400 when it is no entity tag, or a list
 */
export function parseIfMatch(header: string | undefined): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '*') return undefined;
  const [, weak, tag] = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/.exec(text) ?? [];
  if (tag === undefined)
    throw headerProblem('If-Match', 'must be one entity tag: the ETag of an earlier answer, with its quotes');
  if (weak !== undefined || !/^[1-9]\d{0,14}$/.test(tag)) {
    throw httpProblem('PRECONDITION_FAILED', {
      detail: `If-Match ${text} matches no version; it takes the strong ETag of an earlier answer.`,
    });
  }
  return Number(tag);
}

/** Whether `If-None-Match` (one tag, a list or `*`) names the version that would be answered: then 304 does. */
export function matchesIfNoneMatch(header: string | undefined, version: number): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(entityTag(version));
}

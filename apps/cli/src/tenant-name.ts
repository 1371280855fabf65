import { isTenantId } from '@millrace/http';
import { InvalidArgumentError } from 'commander';

/** Parses the name of a tenant: what a token could claim. @throws InvalidArgumentError */
export function tenantName(text: string): string {
  if (isTenantId(text)) return text;
  throw new InvalidArgumentError('Give 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit.');
}

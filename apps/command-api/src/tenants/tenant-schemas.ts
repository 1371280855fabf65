/** Shape of tenant commands over HTTP. Rules are the tenant's: those are refused with 422. */
import { type TString, Type } from 'typebox';

import { body, text } from '../body-schemas.ts';

const NAME_OF_SETTING = '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$';

const settings = Type.Record(Type.String({ pattern: NAME_OF_SETTING }), text(1_000), {
  maxProperties: 100,
  additionalProperties: false,
});

/** What a token may name as its tenant. */
export const tenantId: TString = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' });

export const createTenantBody = body({ name: text(200), settings: Type.Optional({ ...settings, default: {} }) });
export const renameTenantBody = body({ name: text(200) });
export const updateSettingsBody = body({ settings });

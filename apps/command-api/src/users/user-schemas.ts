/** Shape of user commands over HTTP. Rules are the user's: those are refused with 422. */
import { Type } from 'typebox';

import { body, text } from '../body-schemas.ts';

const email = Type.String({ maxLength: 320, pattern: '^[^@\\s\\p{Cc}\\p{Cs}]+@[^@\\s\\p{Cc}\\p{Cs}]+$' });
const username = text(200);
/** As every time here is written. */
const instant = Type.String({ format: 'date-time', pattern: '\\.\\d{3}(\\d{3})?Z$' });

export const createUserBody = body({ email, username });
export const changeEmailBody = body({ email });
export const changeNameBody = body({ username });
/** An address that the old table accepted is taken as it is. */
export const importUserBody = body({ email: text(320), username, isActive: Type.Boolean(), createdAt: instant });

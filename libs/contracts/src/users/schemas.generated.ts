// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

/** Event type → schema version → Avro schema. */
type Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;

/** Every event schema of users. */
export const userSchemas: Schemas = {
  UserCreated: {
    1: {
      type: 'record',
      name: 'UserCreated',
      namespace: 'users',
      doc: 'A user may use the system.',
      subject: 'userId',
      fields: [
        { name: 'userId', type: 'string', doc: 'The user; also the key of the record.' },
        { name: 'email', type: 'string', doc: 'Email address.', pii: true },
        { name: 'username', type: 'string', doc: 'Name of the user.', pii: true },
      ],
    },
  },
  UserDeactivated: {
    1: {
      type: 'record',
      name: 'UserDeactivated',
      namespace: 'users',
      doc: 'The user may not use the system any more.',
      subject: 'userId',
      fields: [
        { name: 'userId', type: 'string', doc: 'The user; also the key of the record.' },
        {
          name: 'reason',
          type: 'string',
          doc: 'Why, in the words of whoever deactivated the user; must not name anyone.',
        },
      ],
    },
  },
  UserEmailChanged: {
    1: {
      type: 'record',
      name: 'UserEmailChanged',
      namespace: 'users',
      doc: 'The user is reached under another email address.',
      subject: 'userId',
      fields: [
        { name: 'userId', type: 'string', doc: 'The user; also the key of the record.' },
        { name: 'oldEmail', type: 'string', doc: 'The address until now.', pii: true },
        { name: 'newEmail', type: 'string', doc: 'The address from now on.', pii: true },
      ],
    },
  },
  UserImported: {
    1: {
      type: 'record',
      name: 'UserImported',
      namespace: 'users',
      doc: 'A user was taken over from a table that was kept before, as it stood there.',
      subject: 'userId',
      fields: [
        { name: 'userId', type: 'string', doc: 'The user; also the key of the record.' },
        { name: 'email', type: 'string', doc: 'Email address.', pii: true },
        { name: 'username', type: 'string', doc: 'Name of the user.', pii: true },
        { name: 'isActive', type: 'boolean', doc: 'Whether the user may use the system.' },
        { name: 'createdAt', type: 'string', doc: 'When the user was created there, RFC 3339 in UTC.' },
      ],
    },
  },
  UserNameChanged: {
    1: {
      type: 'record',
      name: 'UserNameChanged',
      namespace: 'users',
      doc: 'The user bears another name.',
      subject: 'userId',
      fields: [
        { name: 'userId', type: 'string', doc: 'The user; also the key of the record.' },
        { name: 'oldName', type: 'string', doc: 'The name until now.', pii: true },
        { name: 'newName', type: 'string', doc: 'The name from now on.', pii: true },
      ],
    },
  },
  UserUpdated: {
    1: {
      type: 'record',
      name: 'UserUpdated',
      namespace: 'users',
      doc: 'Legacy, read and never written: email and name were set, whatever they had been. Stored as user.updated by the predecessor.',
      subject: 'userId',
      fields: [
        { name: 'userId', type: 'string', doc: 'The user; also the key of the record.' },
        { name: 'email', type: 'string', doc: 'The address from then on.', pii: true },
        { name: 'username', type: 'string', doc: 'The name from then on.', pii: true },
      ],
    },
  },
};

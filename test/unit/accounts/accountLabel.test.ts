import { expect, it } from 'vitest';
import { accountLabel } from '../../../src/accounts/accountLabel.ts';
import type { Identity } from '../../../src/oauth/tokenSet.ts';
import { service } from './store/support/service.ts';

const otherService = { ...service, issuer: 'https://sign-in.example:8443' };
const email = 'ada@example.com';
const named: Identity = { userId: 'user-1', workspaceId: '0123456789', workspaceName: 'Studio', email };
const unnamed: Identity = { userId: 'user-1', workspaceId: '0123456789', email };
const withoutEmail: Identity = { userId: 'user-1' };

it.each<[string, Identity, string[], string]>([
  ['the email', named, [], email],
  ['the user ID if there is no email', withoutEmail, [], 'user-1'],
  ['the email and the workspace if the email is taken', named, [email], `${email} (Studio)`],
  ['the email and eight characters of the workspace ID if the workspace has no name', unnamed, [email], `${email} (01234567)`],
  ['the email and the whole workspace ID if those are taken', named, [email, `${email} (Studio)`], `${email} (0123456789)`],
  [
    'the email with user ID and workspace ID if those are taken',
    named,
    [email, `${email} (Studio)`, `${email} (0123456789)`],
    `${email} (user-1, 0123456789)`,
  ],
  [
    'followed by a number if even that is taken',
    named,
    [email, `${email} (Studio)`, `${email} (0123456789)`, `${email} (user-1, 0123456789)`],
    `${email} (user-1, 0123456789) 2`,
  ],
  ['followed by the next number if that is taken', withoutEmail, ['user-1', 'user-1 (user-1)', 'user-1 (user-1) 2'], 'user-1 (user-1) 3'],
])('a label is %s', (_rule, identity, taken, label) => {
  expect(accountLabel(service, identity, taken)).toBe(label);
});

it('a label has the host of any issuer but the default one [R54]', () => {
  expect(accountLabel(otherService, named, [])).toBe(`${email} (sign-in.example:8443)`);
  expect(accountLabel(otherService, named, [`${email} (sign-in.example:8443)`])).toBe(`${email} (Studio, sign-in.example:8443)`);
});

it('no two of a hundred accounts with one email have the same label', () => {
  const taken: string[] = [];
  for (let n = 0; n < 100; n++) taken.push(accountLabel(service, n % 2 ? named : unnamed, taken));
  expect(new Set(taken).size).toBe(100);
});

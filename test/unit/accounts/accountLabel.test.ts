import { expect, it } from 'vitest';
import { accountLabel } from '../../../src/accounts/accountLabel.ts';
import type { Identity } from '../../../src/oauth/tokenSet.ts';
import { service } from './store/support/service.ts';

const elsewhere = { ...service, issuer: 'https://sign-in.example:8443' };
const email = 'ada@example.com';
const named: Identity = { userId: 'user-1', workspaceId: '0123456789', workspaceName: 'Studio', email };
const unnamed: Identity = { userId: 'user-1', workspaceId: '0123456789', email };
const nobody: Identity = { userId: 'user-1' };

it.each<[string, Identity, string[], string]>([
  ['the email', named, [], email],
  ['the user id where there is no email', nobody, [], 'user-1'],
  ['the workspace too where the email is taken', named, [email], `${email} (Studio)`],
  ['eight characters of its id where the workspace has no name', unnamed, [email], `${email} (01234567)`],
  ['the whole id where those are taken', named, [email, `${email} (Studio)`], `${email} (0123456789)`],
  ['the user id at last', named, [email, `${email} (Studio)`, `${email} (0123456789)`], `${email} (user-1, 0123456789)`],
  [
    'a number where even that is taken',
    named,
    [email, `${email} (Studio)`, `${email} (0123456789)`, `${email} (user-1, 0123456789)`],
    `${email} (user-1, 0123456789) 2`,
  ],
  ['the next number', nobody, ['user-1', 'user-1 (user-1)', 'user-1 (user-1) 2'], 'user-1 (user-1) 3'],
])('a label is %s', (_rule, identity, taken, label) => {
  expect(accountLabel(service, identity, taken)).toBe(label);
});

it('a label names the host of any issuer but the usual one [R54]', () => {
  expect(accountLabel(elsewhere, named, [])).toBe(`${email} (sign-in.example:8443)`);
  expect(accountLabel(elsewhere, named, [`${email} (sign-in.example:8443)`])).toBe(`${email} (Studio, sign-in.example:8443)`);
});

it('no two of a hundred accounts with one email share a label', () => {
  const taken: string[] = [];
  for (let n = 0; n < 100; n++) taken.push(accountLabel(service, n % 2 ? named : unnamed, taken));
  expect(new Set(taken).size).toBe(100);
});

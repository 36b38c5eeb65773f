import { describe, expect, it } from 'vitest';
import { sessionId } from '../../../src/accounts/account.ts';
import { accountLabel } from '../../../src/accounts/accountLabel.ts';
import { markedName, safeLabel } from '../../../src/accounts/markedName.ts';
import { codexAccount } from '../../../src/codexCli/codexAccount.ts';
import { codexDefaults } from '../../../src/oauth/services/codexClient.ts';
import { codexService } from '../../../src/oauth/services/codexService.ts';
import type { Identity } from '../../../src/oauth/tokenSet.ts';
import { jwt } from '../support/jwt.ts';
import { hostileNames, iconsIn, invisibleIn, linksIn } from '../support/outsideText.ts';
import { service } from './store/support/service.ts';

const elsewhere = { ...service, issuer: 'https://sign-in.example:8443' };
const email = 'ada@example.com';
const ada: Identity = { userId: 'user-1', workspaceId: '0123456789', email };

function labelOf(identity: Identity, at = service): string {
  return accountLabel(at, identity, sessionId(at, identity));
}

describe('accountLabel', () => {
  it.each<[string, Identity, RegExp]>([
    ['the email and a mark', ada, /^ada@example\.com \([0-9a-f]{8}\)$/],
    ['the workspace too, where it has a name', { ...ada, workspaceName: 'Studio' }, /^ada@example\.com \(Studio, [0-9a-f]{8}\)$/],
    ['the user ID if there is no email', { userId: 'user-1' }, /^user-1 \([0-9a-f]{8}\)$/],
    ['the mark alone if a user ID has nothing to see', { userId: '\u200b' }, /^\([0-9a-f]{8}\)$/],
  ])('a label has %s', (_rule, identity, label) => {
    expect(labelOf(identity)).toMatch(label);
  });

  it("a label has the host of any issuer but OpenAI's own [R54]", () => {
    expect(labelOf(ada, elsewhere)).toMatch(/^ada@example\.com \(sign-in\.example:8443, [0-9a-f]{8}\)$/);
    expect(labelOf({ ...ada, workspaceName: 'Studio' }, elsewhere)).toMatch(/\(Studio, sign-in\.example:8443, [0-9a-f]{8}\)$/);
  });

  it('what is long is cut, but never the mark, nor the end of the host', () => {
    const host = `${'auth.openai.com.'.repeat(6)}evil.example`;
    const identity = { ...ada, email: `${'a'.repeat(500_000)}@example.com`, workspaceName: 'W'.repeat(500_000) };
    const label = labelOf(identity, { ...service, issuer: `https://${host}` });
    expect(Array.from(label).length).toBeLessThanOrEqual(80);
    expect(label).toMatch(/^a+ \(W+, [a-z.]+evil\.example, [0-9a-f]{8}\)$/);
  });

  it.each(hostileNames)('a label made of a name with %s is plain text', (_what, name) => {
    const label = labelOf({ userId: 'u', email: name, workspaceName: name }, elsewhere);
    expect([linksIn(label), iconsIn(label), invisibleIn(label)]).toEqual([[], [], []]);
    expect(Array.from(label).length).toBeLessThanOrEqual(80);
  });

  it('an account has the same label whenever it signs in, and no other account ever has it [R36]', () => {
    const others: [Identity, typeof service][] = [
      [{ ...ada, workspaceId: 'another' }, service],
      [{ ...ada, userId: 'user-2' }, service],
      [{ userId: 'user-1', email }, service],
      [ada, elsewhere],
      [ada, { ...elsewhere, issuer: 'https://sign-in.example:8443/tenant' }],
    ];
    expect(labelOf(ada)).toBe(labelOf({ ...ada, plan: 'pro' }));
    expect(new Set([labelOf(ada), ...others.map(each => labelOf(...each))]).size).toBe(others.length + 1);
  });

  it("no workspace's name makes a label that the Codex CLI's account or another account has", () => {
    const auth = { chatgpt_user_id: ada.userId, chatgpt_account_id: ada.workspaceId };
    const token = jwt({
      iss: codexDefaults.issuer,
      'https://api.openai.com/auth': auth,
      'https://api.openai.com/profile': { email },
    });
    const cli = codexAccount(codexService({ ...codexDefaults, clientId: '', originator: 'test' }), token, {
      profile: {},
      generation: 1,
      now: 0,
    });
    const insideOf = (label = '') => /\((.*)\)$/.exec(label)?.[1] ?? '';
    const names = ['Codex CLI', insideOf(cli?.label), insideOf(labelOf({ ...ada, workspaceId: 'another' }))];
    const labels = names.map(workspaceName => labelOf({ ...ada, workspaceName }));
    expect(labels).not.toContain(cli?.label);
    expect(labels).not.toContain(labelOf({ ...ada, workspaceId: 'another' }));
    expect(cli?.label).toMatch(/^ada@example\.com \(Codex CLI, [0-9a-f]{8}\)$/);
  });
});

describe('safeLabel', () => {
  it('a label of an earlier version stays as it is where it is plain text', () => {
    for (const label of [email, `${email} (Studio)`, `${email} (user-1, 0123456789) 2`]) expect(safeLabel(label, 'id')).toBe(label);
  });

  it.each(hostileNames)('a label of an earlier version with %s becomes plain text, for this account alone', (_what, name) => {
    const [label = '', other] = ['user-1/w', 'user-2/w'].map(id => safeLabel(`${name} `, id));
    expect([linksIn(label), iconsIn(label), invisibleIn(label)]).toEqual([[], [], []]);
    expect(Array.from(label).length).toBeLessThanOrEqual(80);
    expect(label).toBe(markedName(name, 'user-1/w'));
    expect(label).not.toBe(other);
  });
});

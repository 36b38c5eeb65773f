import { describe, expect, it } from 'vitest';
import { codexAccount } from '../../../src/codexCli/codexAccount.ts';
import { codexIdPrefix } from '../../../src/codexCli/codexId.ts';
import { codexDefaults } from '../../../src/oauth/services/codexClient.ts';
import { codexService } from '../../../src/oauth/services/codexService.ts';
import { jwt } from '../support/jwt.ts';

function accountOf({ issuer = codexDefaults.issuer, workspace }: { issuer?: string; workspace?: string } = {}) {
  const service = codexService({ ...codexDefaults, issuer, clientId: '', originator: 'test' });
  const auth = { chatgpt_user_id: 'user-ada', chatgpt_account_id: workspace };
  const token = jwt({ iss: issuer, 'https://api.openai.com/auth': auth, 'https://api.openai.com/profile': { email: 'ada@example.com' } });
  return codexAccount(service, token, { profile: {}, generation: 1, now: 0 });
}

describe('codexAccount', () => {
  it('an account of the Codex CLI has an id of its own, with the workspace if there is one', () => {
    expect(accountOf({ workspace: 'w' })?.id).toBe('codex-cli:user-ada/w');
    expect(accountOf()?.id).toBe('codex-cli:user-ada');
    for (const name of [accountOf()?.id, accountOf()?.hash]) expect(name?.startsWith(codexIdPrefix)).toBe(true);
  });

  it("the label names the Codex CLI, and the issuer's host unless it is the default", () => {
    expect(accountOf()?.label).toMatch(/^ada@example\.com \(Codex CLI, \w{8}\)$/);
    expect(accountOf({ issuer: 'https://login.example' })?.label).toMatch(/^ada@example\.com \(Codex CLI, login\.example, \w{8}\)$/);
  });
});

import { describe, expect, it } from 'vitest';
import { codexAccount } from '../../../src/codexCli/codexAccount.ts';
import { isCodexAccount } from '../../../src/codexCli/borrowedId.ts';
import { codexDefaults, codexService } from '../../../src/oauth/services/codex.ts';
import { jwt } from '../support/jwt.ts';

function account({ issuer = codexDefaults.issuer, workspace }: { issuer?: string; workspace?: string } = {}) {
  const service = codexService({ ...codexDefaults, issuer, clientId: '', originator: 'test' });
  const auth = { chatgpt_user_id: 'user-ada', chatgpt_account_id: workspace };
  const token = jwt({ iss: issuer, 'https://api.openai.com/auth': auth, 'https://api.openai.com/profile': { email: 'ada@example.com' } });
  return codexAccount(service, token, { profile: {}, generation: 1, now: 0 });
}

describe('the account of a token of the Codex CLI', () => {
  it('is another than the same one signed in here, with its workspace where one of ours has it', () => {
    expect(account({ workspace: 'w' })?.id).toBe('codex-cli:user-ada/w');
    expect(account()?.id).toBe('codex-cli:user-ada');
    for (const name of [account()?.id, account()?.hash]) expect(isCodexAccount(name ?? '')).toBe(true);
  });

  it('is marked as the CLI’s, and with the host of any service but the usual one', () => {
    expect(account()?.label).toBe('ada@example.com (Codex CLI)');
    expect(account({ issuer: 'https://login.example' })?.label).toBe('ada@example.com (Codex CLI, login.example)');
  });
});

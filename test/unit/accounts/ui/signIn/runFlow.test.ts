import { expect, it, vi } from 'vitest';
import type { ErrorCode } from '../../../../../src/base/errors.ts';
import type { SignInProgress } from '../../../../../src/accounts/ui/signIn/signInPrompt.ts';
import { runFlow } from '../../../../../src/accounts/ui/signIn/runFlow.ts';
import { serviceAt } from '../../../oauth/support/service.ts';
import { Network } from '../../../support/network.ts';

it('a browser that cannot be opened is reported beside the link, and the wait continues', async () => {
  const { http, clock, log } = new Network(() => {
    throw new Error('nothing is sent');
  });
  const cancel = new AbortController();
  const links: string[] = [];
  const reported = Promise.withResolvers<ErrorCode>();
  const progress: SignInProgress = {
    signal: cancel.signal,
    notice: () => undefined,
    noticeOnce: () => Promise.resolve(),
    offerOtherMethods: () => undefined,
    startMethod: () => ({ signal: cancel.signal, next: undefined }),
    showBrowser: ({ url }) => links.push(url),
    showRequestError: reported.resolve,
    showCode: () => undefined,
    succeed: () => Promise.resolve(),
    fail: () => Promise.resolve(),
  };
  // The VS Code of this test has no browser: opening one fails.
  const run = runFlow('browser', serviceAt('https://auth.openai.com'), {
    http,
    clock,
    log,
    correlationId: 'test',
    progress,
    wish: {},
    accept: () => Promise.resolve(),
    signal: cancel.signal,
  });
  expect(await reported.promise).toBe('browserNotOpened');
  await vi.waitFor(() => {
    expect(log.entries).toContainEqual(
      expect.objectContaining({ level: 'error', error: expect.objectContaining({ code: 'browserNotOpened' }) as unknown }),
    );
  });
  expect(links).toEqual([expect.stringContaining('https://auth.openai.com/oauth/authorize?')]);
  cancel.abort();
  await expect(run).rejects.toMatchObject({ code: 'cancelled' });
});

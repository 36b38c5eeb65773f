import { describe, expect, it } from 'vitest';
import type { BrowserWait } from '../../../src/oauth/browserFlow.ts';
import type { SignInErrorCode } from '../../../src/oauth/errors.ts';
import type { Dialogue } from '../../../src/vscode/signInDialogue.ts';
import { runFlow } from '../../../src/vscode/signInFlows.ts';
import { serviceAt } from '../oauth/support/service.ts';
import { Network } from '../support/network.ts';

/** A sign-in with the browser. The stand-in for the host has no browser, so each try to open one is trouble that is told. */
function begin(loaded: Promise<void>) {
  const { http, clock, log } = new Network(() => {
    throw new Error('nothing is sent');
  });
  const cancel = new AbortController();
  const waits: BrowserWait[] = [];
  const troubles: SignInErrorCode[] = [];
  const troubled = Promise.withResolvers<undefined>();
  const dialogue: Dialogue = {
    signal: cancel.signal,
    noticeOnce: () => Promise.resolve(),
    offer: () => undefined,
    beginFlow: () => ({ signal: cancel.signal, next: undefined }),
    untilLoaded: () => loaded,
    showBrowser: wait => waits.push(wait),
    showTrouble: trouble => {
      troubles.push(trouble);
      troubled.resolve(undefined);
    },
    showCode: () => undefined,
    succeed: () => undefined,
    fail: () => undefined,
  };
  const done = runFlow('browser', serviceAt('https://auth.openai.com'), {
    http,
    clock,
    log,
    flowId: 'test',
    dialogue,
    signal: cancel.signal,
  });
  const end = async () => {
    cancel.abort();
    await expect(done).rejects.toMatchObject({ code: 'cancelled' });
  };
  return { clock, log, waits, troubles, troubled: troubled.promise, end };
}

it('a browser that cannot be opened is told of, with the link still there, and the wait goes on', async () => {
  const { waits, troubles, troubled, end } = begin(Promise.resolve());
  await troubled;
  expect(troubles).toEqual(['browserNotOpened']);
  expect(waits).toHaveLength(1);
  expect(waits[0]?.url).toContain('https://auth.openai.com/oauth/authorize?');
  await end();
});

describe('the browser, which would cover the panel,', () => {
  it('is not opened before the panel is there', async () => {
    const panel = Promise.withResolvers<undefined>();
    const { clock, troubles, troubled, end } = begin(panel.promise);
    await clock.untilSleeping(3_000);
    clock.advance(2_999);
    expect(troubles).toEqual([]);
    panel.resolve(undefined);
    await troubled;
    await end();
  });

  it('is opened after three seconds where the panel does not come', async () => {
    const { clock, troubled, end } = begin(new Promise(() => undefined));
    await clock.untilSleeping(3_000);
    clock.advance(3_000);
    await troubled;
    await end();
  });

  it('is not opened at all once the sign-in is cancelled', async () => {
    const { clock, troubles, end } = begin(new Promise(() => undefined));
    await clock.untilSleeping(3_000);
    await end();
    clock.advance(3_000);
    await Promise.resolve();
    expect(troubles).toEqual([]);
  });
});

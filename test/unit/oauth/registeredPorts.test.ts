/** The two registered ports belong to the whole machine: all tests that need them are here, one after the other. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { codexService } from '../../../src/oauth/services/codexService.ts';
import { agent } from '../support/network.ts';
import { Attempt } from './support/request.ts';
import { holdPort } from './support/browser.ts';
import { useSimulator } from '../support/simulator.ts';

const simulator = await useSimulator();
const service = codexService({ issuer: simulator.issuer, clientId: '', backendUrl: simulator.backendUrl, originator: agent });

/** Holds the port, unless another program of this machine already does. */
async function occupy(port: number): Promise<{ contacts: () => number; release: () => Promise<void> } | undefined> {
  try {
    const holder = await holdPort(port);
    onTestFinished(() => holder.release());
    return holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return undefined;
  }
}

describe('the registered ports', () => {
  it('the service accepts the registered ports in their order, byte for byte in both requests [R8]', async () => {
    for (const port of service.redirect.ports) {
      const holder = await occupy(port);
      // Another program has the port, so this sign-in would use the next one too.
      if (!holder) continue;
      await holder.release();
      const attempt = new Attempt(simulator, { service });
      const uri = await attempt.redirectUri();
      expect(uri).toBe(`http://127.0.0.1:${String(port)}/auth/callback`);
      expect((await attempt.followRedirect({ account: 'ada' })).body).toContain('signed in');
      await attempt.tokens;
      const requests = await simulator.requests();
      const sent = requests.filter(({ kind, params }) => ['authorize', 'code'].includes(kind) && params['redirect_uri'] !== undefined);
      expect(sent.map(({ params }) => params['redirect_uri'])).toEqual([uri, uri]);
      await simulator.reset();
      await occupy(port);
    }
  });

  it('a sign-in leaves the programs alone that use both registered ports, and opens no browser [R46]', async () => {
    const holders = [await occupy(1455), await occupy(1457)];
    const attempt = new Attempt(simulator, { service });
    expect(await attempt.failure).toMatchObject({ code: 'portsBusy' });
    expect(attempt.opened).toBe(0);
    expect((await simulator.counts()).authorize).toBe(0);
    // What another program of this machine holds cannot be counted.
    expect(holders.map(holder => holder?.contacts() ?? 0)).toEqual([0, 0]);
  });
});

import { expect, it } from 'vitest';
import type { SignInMethod } from '../../../src/oauth/flows.ts';
import { chooseFlows } from '../../../src/oauth/flows.ts';
import type { AccountService } from '../../../src/oauth/service.ts';
import { service } from './support/service.ts';

const { authorization, token } = service.endpoints;
const services: Readonly<Record<string, AccountService>> = {
  'with device codes': service,
  'without device codes': { ...service, endpoints: { authorization, token } },
  'of the standard kind': { ...service, dialect: 'standard', redirect: { ...service.redirect, ports: [] } },
};

type Row = [service: string, host: 'beside the browser' | 'away from the browser', wish: SignInMethod | 'auto', ways: SignInMethod[]];

it.each<Row>([
  ['with device codes', 'beside the browser', 'auto', ['browser', 'deviceCode']],
  ['with device codes', 'beside the browser', 'browser', ['browser', 'deviceCode']],
  ['with device codes', 'beside the browser', 'deviceCode', ['deviceCode', 'browser']],
  ['with device codes', 'away from the browser', 'auto', ['deviceCode', 'browser']],
  ['with device codes', 'away from the browser', 'browser', ['browser', 'deviceCode']],
  ['with device codes', 'away from the browser', 'deviceCode', ['deviceCode', 'browser']],
  ['of the standard kind', 'beside the browser', 'auto', ['browser', 'deviceCode']],
  ['of the standard kind', 'beside the browser', 'browser', ['browser', 'deviceCode']],
  ['of the standard kind', 'beside the browser', 'deviceCode', ['deviceCode', 'browser']],
  ['of the standard kind', 'away from the browser', 'auto', ['deviceCode', 'browser']],
  ['of the standard kind', 'away from the browser', 'browser', ['browser', 'deviceCode']],
  ['of the standard kind', 'away from the browser', 'deviceCode', ['deviceCode', 'browser']],
  // Where a service has no device codes, the browser is all there is: the address can still be pasted.
  ['without device codes', 'beside the browser', 'auto', ['browser']],
  ['without device codes', 'beside the browser', 'browser', ['browser']],
  ['without device codes', 'beside the browser', 'deviceCode', ['browser']],
  ['without device codes', 'away from the browser', 'auto', ['browser']],
  ['without device codes', 'away from the browser', 'browser', ['browser']],
  ['without device codes', 'away from the browser', 'deviceCode', ['browser']],
])('a service %s, %s, asked for %s: %j', (name, host, wish, ways) => {
  const isWithBrowser = host === 'beside the browser';
  expect(chooseFlows(services[name] ?? service, { isWithBrowser }, wish)).toEqual(ways);
});

import { expect, it } from 'vitest';
import type { SignInMethod } from '../../../src/oauth/flows.ts';
import { chooseFlows } from '../../../src/oauth/flows.ts';
import type { AccountService } from '../../../src/oauth/service.ts';
import { service } from './support/service.ts';

const { authorization, token } = service.endpoints;
const services: Readonly<Record<string, AccountService>> = {
  'with device codes': service,
  'without device codes': { ...service, endpoints: { authorization, token } },
  'with OpenID Connect': { ...service, dialect: 'standard', redirect: { ...service.redirect, ports: [] } },
};

type Row = [
  service: string,
  host: 'on the machine of the browser' | 'on another machine',
  method: SignInMethod | 'auto',
  flows: SignInMethod[],
];

it.each<Row>([
  ['with device codes', 'on the machine of the browser', 'auto', ['browser', 'deviceCode']],
  ['with device codes', 'on the machine of the browser', 'browser', ['browser', 'deviceCode']],
  ['with device codes', 'on the machine of the browser', 'deviceCode', ['deviceCode', 'browser']],
  ['with device codes', 'on another machine', 'auto', ['deviceCode', 'browser']],
  ['with device codes', 'on another machine', 'browser', ['browser', 'deviceCode']],
  ['with device codes', 'on another machine', 'deviceCode', ['deviceCode', 'browser']],
  ['with OpenID Connect', 'on the machine of the browser', 'auto', ['browser', 'deviceCode']],
  ['with OpenID Connect', 'on the machine of the browser', 'browser', ['browser', 'deviceCode']],
  ['with OpenID Connect', 'on the machine of the browser', 'deviceCode', ['deviceCode', 'browser']],
  ['with OpenID Connect', 'on another machine', 'auto', ['deviceCode', 'browser']],
  ['with OpenID Connect', 'on another machine', 'browser', ['browser', 'deviceCode']],
  ['with OpenID Connect', 'on another machine', 'deviceCode', ['deviceCode', 'browser']],
  // A service without device codes has the browser alone: the person can still submit the redirect URL.
  ['without device codes', 'on the machine of the browser', 'auto', ['browser']],
  ['without device codes', 'on the machine of the browser', 'browser', ['browser']],
  ['without device codes', 'on the machine of the browser', 'deviceCode', ['browser']],
  ['without device codes', 'on another machine', 'auto', ['browser']],
  ['without device codes', 'on another machine', 'browser', ['browser']],
  ['without device codes', 'on another machine', 'deviceCode', ['browser']],
])('a service %s, %s and with the method set to %s, offers %j', (name, host, method, flows) => {
  const isWithBrowser = host === 'on the machine of the browser';
  expect(chooseFlows(services[name] ?? service, { isWithBrowser }, method)).toEqual(flows);
});

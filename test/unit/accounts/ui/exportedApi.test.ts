import { expect, it } from 'vitest';
import { exportsOf } from '../../../../src/accounts/ui/exportedApi.ts';
import { account } from '../../usage/support/account.ts';
import { MemoryLog } from '../../support/log.ts';
import { registry, TestSource } from '../support/registry.ts';

const backendUrl = 'https://chatgpt.com/backend-api';

function exported() {
  const source = new TestSource(account({ id: 'user-ada/w', backendUrl }), account({ id: 'user-ben' }));
  return exportsOf(registry(new MemoryLog(), source));
}

it('the back end of an account is that of its service, and of nobody else', async () => {
  const api = exported().api(1);
  expect(await api.backendUrl('user-ada/w')).toBe(backendUrl);
  expect(await api.backendUrl('user-ben')).toBeUndefined();
  expect(await api.backendUrl('user-nobody')).toBeUndefined();
});

it('a version of the API that is not there is refused, and nobody can change what others get', () => {
  const { api } = exported();
  expect(() => api(2 as 1)).toThrow(RangeError);
  expect(Object.isFrozen(api(1))).toBe(true);
  expect(api(1)).toBe(api(1));
});

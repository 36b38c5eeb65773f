import { expect, it } from 'vitest';
import { planName } from '../../../src/accounts/planName.ts';

it.each([
  ['free', 'Free'],
  ['go', 'Go'],
  ['plus', 'Plus'],
  ['pro', 'Pro'],
  ['prolite', 'Pro 5x'],
  ['pro_lite', 'Pro 5x'],
  ['pro-lite', 'Pro 5x'],
  ['promax', 'Pro Max'],
  ['team', 'Business'],
  ['business', 'Enterprise'],
  ['self_serve_business_prolite', 'Business Premium'],
  ['self_serve_business_usage_based', 'Business'],
  ['enterprise', 'Enterprise'],
  ['ent26', 'Enterprise'],
  ['enterprise_cbp_automation', 'Enterprise (Automation)'],
  ['enterprise_cbp_usage_based', 'Enterprise'],
  ['hc', 'Enterprise'],
  ['edu', 'Edu'],
  ['education', 'Edu'],
  ['edu_plus', 'Edu Plus'],
  ['edu_pro', 'Edu Pro'],
  ['k12', 'K-12'],
  ['sci', 'Sci'],
  ['sci_plus', 'Sci Plus'],
  ['PLUS', 'Plus'],
  [' Plus ', 'Plus'],
])('the plan %s is named %s', (plan, name) => {
  expect(planName(plan)).toBe(name);
});

it.each([
  ['quantum_2027', 'Quantum 2027'],
  ['free_workspace', 'Free Workspace'],
  ['guest', 'Guest'],
  ['constructor', 'Constructor'],
  ['__proto__', 'Proto'],
  ['$(alert) <b>[x](command:y)</b>', 'Alert B X Command Y B'],
  ['équipe-zéro', 'Équipe Zéro'],
  ['a'.repeat(40), `A${'a'.repeat(23)}`],
])('an unknown plan is made readable: %s as %s', (plan, name) => {
  expect(planName(plan)).toBe(name);
});

it.each([[undefined], [''], ['  '], ['_-_'], ['$()']])('the plan %j has no name', plan => {
  expect(planName(plan)).toBeUndefined();
});

import { describe, expect, it } from 'vitest';
import { detectUnattendedEnvironment } from '../../../../../src/accounts/ui/signIn/unattended.ts';

describe('detectUnattendedEnvironment', () => {
  it.each([
    ["a person's machine", { HOME: '/home/ada' }, undefined],
    ['continuous integration', { CI: 'true' }, 'ci'],
    ['continuous integration with CI as a number', { CI: '1' }, 'ci'],
    ['continuous integration with CI as a name', { CI: 'woodpecker' }, 'ci'],
    ['a machine with CI set to false', { CI: 'false' }, undefined],
    ['a machine with CI set to 0', { CI: '0' }, undefined],
    ['a machine with CI empty', { CI: ' ' }, undefined],
    ['a run of GitHub Actions', { CI: 'true', GITHUB_ACTIONS: 'true' }, 'githubActions'],
    ['a run of GitHub Actions without CI', { GITHUB_ACTIONS: 'true' }, 'githubActions'],
    ['a codespace, which belongs to one person', { CODESPACES: 'true', CODESPACE_NAME: 'literate-parakeet' }, undefined],
    ['a codespace with CI', { CODESPACES: 'true', CODESPACE_NAME: 'literate-parakeet', CI: 'true' }, 'ci'],
    ['a prebuild, which is no codespace yet', { CODESPACES: 'true', GITHUB_ACTIONS: 'true' }, 'codespacesPrebuild'],
  ])('the environment is detected by its variables: %s [R68]', (_where, env, place) => {
    expect(detectUnattendedEnvironment(env)).toBe(place);
  });
});

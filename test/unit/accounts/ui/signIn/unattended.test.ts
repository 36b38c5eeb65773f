import { describe, expect, it } from 'vitest';
import { detectUnattendedEnvironment } from '../../../../../src/accounts/ui/signIn/unattended.ts';

describe('a place that nobody sits at', () => {
  it.each([
    ['a machine of a person', { HOME: '/home/ada' }, undefined],
    ['continuous integration', { CI: 'true' }, 'ci'],
    ['continuous integration that says it with a number', { CI: '1' }, 'ci'],
    ['continuous integration that says its name', { CI: 'woodpecker' }, 'ci'],
    ['a person who said no', { CI: 'false' }, undefined],
    ['a person who said no with a number', { CI: '0' }, undefined],
    ['a variable that says nothing', { CI: ' ' }, undefined],
    ['a run of GitHub Actions', { CI: 'true', GITHUB_ACTIONS: 'true' }, 'githubActions'],
    ['a run of GitHub Actions whose CI was taken away', { GITHUB_ACTIONS: 'true' }, 'githubActions'],
    ['a codespace, which is its person alone', { CODESPACES: 'true', CODESPACE_NAME: 'literate-parakeet' }, undefined],
    ['a codespace in which CI is set', { CODESPACES: 'true', CODESPACE_NAME: 'literate-parakeet', CI: 'true' }, 'ci'],
    ['a prebuild, which is no codespace yet', { CODESPACES: 'true', GITHUB_ACTIONS: 'true' }, 'codespacesPrebuild'],
  ])('is told by its variables: %s [R68]', (_where, env, place) => {
    expect(detectUnattendedEnvironment(env)).toBe(place);
  });
});

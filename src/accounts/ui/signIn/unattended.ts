/** Where nobody sits, or many do: no place for a personal account. */
export type UnattendedEnvironment = 'ci' | 'githubActions' | 'codespacesPrebuild';

/**
 * By the variables that such places set. A prebuild of a codespace has no codespace yet, and so no `CODESPACE_NAME`, which each
 * codespace has.
 * @param env of the process that would keep the account
 */
export function detectUnattendedEnvironment(env: Readonly<Record<string, string | undefined>>): UnattendedEnvironment | undefined {
  if (isSet(env['CODESPACES']) && !isSet(env['CODESPACE_NAME'])) return 'codespacesPrebuild';
  if (isSet(env['GITHUB_ACTIONS'])) return 'githubActions';
  return isSet(env['CI']) ? 'ci' : undefined;
}

/** Some set a variable to say no. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.trim().toLowerCase());
}

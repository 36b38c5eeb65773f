/** An environment that is unattended or shared: a risk for a personal account. */
export type UnattendedEnvironment = 'ci' | 'githubActions' | 'codespacesPrebuild';

/**
 * Reads the variables that such environments set. A codespace prebuild has no `CODESPACE_NAME`, which every codespace has.
 * @param env of the process that would store the account
 */
export function detectUnattendedEnvironment(env: Readonly<Record<string, string | undefined>>): UnattendedEnvironment | undefined {
  if (isSet(env['CODESPACES']) && !isSet(env['CODESPACE_NAME'])) return 'codespacesPrebuild';
  if (isSet(env['GITHUB_ACTIONS'])) return 'githubActions';
  return isSet(env['CI']) ? 'ci' : undefined;
}

/** Some tools set a variable to `false` or `0`. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.trim().toLowerCase());
}

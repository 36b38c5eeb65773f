/** By these the extension knows places that nobody sits at, and asks before a personal account is signed in to there. */
export const unattended = ['CI', 'GITHUB_ACTIONS', 'CODESPACES'];

/** The environment of a person's own machine, wherever the tests run: a test of the question sets these on purpose. */
export function attended(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !unattended.includes(name)));
}

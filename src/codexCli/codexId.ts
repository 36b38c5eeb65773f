/** Hash and id of the CLI's account begin so; those of the vault never do. */
export const codexIdPrefix = 'codex-cli';

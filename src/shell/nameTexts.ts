/** Names that are the same in every language, and all of the texts that VS Code is told at the start. */
export const names = { product: 'ChatGPT', apiKeyProvider: 'OpenAI API key' } as const;

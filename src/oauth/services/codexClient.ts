/** Names and addresses of OpenAI's Codex CLI, as which a person signs in. */

/** The public client of OpenAI's Codex CLI. It has no secret, and it is the only client that can read plan and usage. */
export const codexClientId = 'app_EMoamEEZ73f0CkXaXp7hrann';

/** The ports that OpenAI has registered for this client's redirect, in the order to try. */
export const codexRedirectPorts = [1455, 1457] as const;

export const codexDefaults = { issuer: 'https://auth.openai.com', backendUrl: 'https://chatgpt.com/backend-api' } as const;

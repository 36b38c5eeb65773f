/** Exchanges of the real Codex CLI, as they were captured. */
import { readFileSync } from 'node:fs';
import { jwt } from './jwt.ts';

export interface CapturedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

type Tokens = Readonly<Record<string, { readonly header: object; readonly payload: Readonly<Record<string, unknown>> }>>;

interface BrowserLogin {
  readonly authorizeUrl: string;
  readonly callback: string;
  readonly landing: string;
  readonly exchange: { readonly headers: readonly [string, string][]; readonly rawBody: string; readonly response: CapturedResponse };
  readonly tokens: Tokens;
}

interface BrowserLoginErrors {
  readonly cases: Readonly<Record<string, { readonly exitCode: unknown; readonly callback: string; readonly response?: CapturedResponse }>>;
  readonly tokens: Tokens;
}

interface RefreshFail {
  readonly request: { readonly body: Readonly<Record<string, string>> };
  readonly cases: Readonly<Record<string, { readonly presented: number; readonly response: CapturedResponse }>>;
}

interface RefreshMisc {
  readonly cases: Readonly<Record<string, { readonly response: CapturedResponse }>>;
  readonly tokens: Tokens;
}

interface IdTokenClaims {
  readonly cases: Readonly<
    Record<
      string,
      {
        readonly email: string | null;
        readonly plan: string;
        readonly userId: string | null;
        readonly headers: Readonly<Record<string, string>>;
      }
    >
  >;
}

interface CodexWindow {
  readonly usedPercent: number;
  readonly windowDurationMins: number | null;
  readonly resetsAt: number;
}

interface UsageProbes {
  readonly probes: readonly {
    readonly name: string;
    readonly payload: unknown;
    readonly codex: {
      readonly refused?: string;
      readonly plan?: string;
      readonly primary?: CodexWindow | null;
      readonly secondary?: CodexWindow | null;
    };
  }[];
}

interface Captures {
  'browser-login': BrowserLogin;
  'browser-login-errors': BrowserLoginErrors;
  'refresh-fail': RefreshFail;
  'refresh-misc': RefreshMisc;
  'id-token-claims': IdTokenClaims;
  'usage-payload-probes': UsageProbes;
}

export function readFixture(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8'));
}

export function captured<Name extends keyof Captures>(name: Name): Captures[Name] {
  return readFixture(`codex/${name}.json`) as Captures[Name];
}

/** A captured answer with tokens in the place of their names. */
export function answerOf({ status, headers, body }: CapturedResponse, tokens: Tokens): Response {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Response(
    text.replace(/<\w+#\d+>/g, name => tokenNamed(name, tokens)),
    { status, headers },
  );
}

/** A JWT with the captured claims, or the name itself where the token was opaque. */
export function tokenNamed(name: string, tokens: Tokens): string {
  const token = tokens[name];
  return token ? jwt(token.payload, token.header) : name;
}

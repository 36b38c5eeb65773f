/** The requests and responses of the control routes, which the service and its client share. */

import type { reasoningRules, StreamFault, UsedUp } from './modelContract.ts';

export * from './modelContract.ts';

export type RequestKind = 'authorize' | 'code' | 'refresh' | 'revoke' | 'usage' | 'deviceStart' | 'devicePoll' | 'api' | 'other';

export type Counts = Record<RequestKind, number>;

export interface AutoApprove {
  account: string;
  workspace?: string;
  deny?: boolean;
}

export interface Settings {
  accessTokenSeconds: number;
  idTokenSeconds: number;
  refreshTokenSeconds: number;
  /** Redirects an authorize request at once as this account, without pages. */
  autoApprove: AutoApprove | null;
  authorizeDelayMs: number;
  approveDelayMs: number;
  tokenDelayMs: number;
  revokeDelayMs: number;
  usageDelayMs: number;
  deviceDelayMs: number;
  apiDelayMs: number;
  /** The pause before each further event of a model response. */
  streamDelayMs: number;
  /** What a model response costs, in percent of each limit of the plan. */
  turnPercent: number;
  /** Whether a request has to bring back the reasoning of the responses that it repeats. Out of place, it is refused in any case. */
  reasoning: (typeof reasoningRules)[number];
  /** Whether the headers with the limits say whose they are. */
  namesLimit: boolean;
  /** The lifetime of the next device codes. */
  deviceCodeSeconds: number;
  /** The interval of a new device code; `usual`: "5" at Codex and 5 at the OpenID provider, as each service does; null: none. */
  deviceInterval: string | number | null;
  /** What a revocation at Codex ends: every session of that person at that client, or that of the token alone. */
  revocation: 'everySession' | 'oneSession';
  /** Shifts the service's clock, including the Date header. */
  clockOffsetSeconds: number;
}

/** A change of settings: an account key stands for the whole automatic approval. */
export type SettingsChange = Partial<Omit<Settings, 'autoApprove'>> & { autoApprove?: string | AutoApprove | null };

export const faultRoutes = [
  'token',
  'refresh',
  'revoke',
  'usage',
  'authorize',
  'resetCredits',
  'accountsCheck',
  'discovery',
  'jwks',
  'deviceStart',
  'devicePoll',
  'api',
  'responses',
  'models',
] as const;
export type FaultRoute = (typeof faultRoutes)[number];

export interface SimulatedResponse {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export const namedFaults = [
  /** The connection is reset before any response; the request is not processed. */
  'drop',
  /** There is no response; the request is not processed. */
  'hang',
  /** The request is processed, and the connection is reset instead of the response. */
  'responseLost',
  /** The request is processed, and the connection is reset in the middle of the response body. */
  'truncated',
  /** The request is processed, and the response body is cut short although the response ends correctly. */
  'cutShort',
  /** A network filter's page with 403; the request is not processed. */
  'html',
  /** A page with 200; the request is not processed. */
  'html200',
  /** A page with 401; the request is not processed. */
  'html401',
  /** 200 with truncated JSON; the request is not processed. */
  'brokenJson',
  /** 200 with an empty body; the request is not processed. */
  'empty',
] as const;
export type NamedFault = (typeof namedFaults)[number];

export const deviceFaults = [
  'pending',
  'slowDown',
  'denied',
  'expired',
  /** This is also a fault for the start of a device sign-in. */
  'disabled',
] as const;

/** A service's response about a device code, whatever its real state, in the form of that service. */
export type DeviceFault = (typeof deviceFaults)[number];

/**
 * The codes that a test can order, with the status that each has by default. The client decides what a code means, not the simulator;
 * the last one stands for all that no client knows.
 */
export const refusalStatuses = {
  invalid_grant: 400,
  unknown_parameter: 400,
  refresh_token_expired: 401,
  token_expired: 401,
  account_deactivated: 401,
  account_suspended: 401,
  token_invalidated: 401,
  unsupported_country_region_territory: 403,
  reason_of_tomorrow: 403,
} as const;
export const refusalCodes = Object.keys(refusalStatuses) as (keyof typeof refusalStatuses)[];
export type RefusalCode = (typeof refusalCodes)[number];

/** The place of the code: in `error.code`, in `error` itself, or beside it. */
export const errorShapes = ['object', 'string', 'flat'] as const;
export type ErrorShape = (typeof errorShapes)[number];

/** A refusal with an error code; the request is not processed. */
export interface Refusal {
  code: RefusalCode;
  shape?: ErrorShape;
  status?: number;
}

/** Too many requests, with the time to wait; the request is not processed. */
export interface Busy {
  retryAfterSeconds: number;
  as: 'seconds' | 'date';
  /** 429 by default. */
  status?: number;
}

/** A response instead of the one that the request would get. */
export type ResponseFault = SimulatedResponse | NamedFault | DeviceFault | Refusal | Busy | UsedUp;

export type Fault = ResponseFault | StreamFault;

export interface FaultOrder {
  route: FaultRoute;
  times?: number;
  fault: Fault;
}

export interface IdTokenMutation {
  iss?: string;
  aud?: string | string[];
  /** Seconds added to the expiry that the token would have. */
  exp?: number;
  removeClaims?: string[];
  set?: Record<string, unknown>;
  signature?: 'broken';
}

export const mutable = ['code', 'refresh', 'callback', 'deviceStart', 'devicePoll'] as const;
export type Mutable = (typeof mutable)[number];

export interface Mutation {
  /** The responses to change; those with the tokens of a sign-in by default. */
  on?: Mutable;
  times?: number;
  /** This applies to token responses only. */
  idToken?: IdTokenMutation;
  /** Fields that the response lacks, or parameters that the callback lacks. */
  omit?: string[];
  /** Fields that replace those of the response. */
  set?: Record<string, unknown>;
}

export const windowKinds = ['5h', 'weekly', 'monthly'] as const;
export type WindowKind = (typeof windowKinds)[number];

/** With `keepsReset`, what was used is given back, and the window that runs keeps its reset time; else nothing used is a window that does not run. */
export type UsedChange = number | { percent: number; resetsInSeconds?: number; keepsReset?: boolean };

/** A usage response instead of the one that the windows give. The service fills in the account. */
export interface ReportedUsage {
  payload: Record<string, unknown>;
  /** The time of the payload in seconds since the epoch: its reset times move along with the service's clock. Without it they stay. */
  at?: number;
}

export interface AccountChange {
  account: string;
  workspace?: string;
  plan?: string;
  email?: string;
  name?: string;
  workspaceName?: string;
  entitled?: boolean;
  used?: Partial<Record<WindowKind, UsedChange>>;
  resetCredits?: number;
  /** Where the workspace wants its model requests to go; null: it does not mind. */
  routing?: string | null;
  /** The percentage used of a reserve, which takes requests once the plan's windows are used up; null: there is none. */
  reserve?: number | null;
  /** null: the usage of the windows. */
  reported?: ReportedUsage | null;
}

export const apiKeyStates = ['good', 'revoked', 'rateLimited', 'outOfBudget', 'forbidden', 'restricted'] as const;
/** The state of a key at the API. */
export type ApiKeyState = (typeof apiKeyStates)[number];

export interface ApiKeyIssue {
  /** The organization, in a header of each response, like the project; if absent, in none. */
  organization?: string;
  project?: string;
}

export interface RequestEntry {
  kind: RequestKind;
  method: string;
  path: string;
  headers: Record<string, string>;
  params: Record<string, string>;
  /** Kinds of credentials that do not belong in the request: an API key anywhere but in the API's own header, and any token at the API. */
  strays: string[];
  /** 0 while there is no response, or if there never was one. */
  status: number;
  at: string;
  /** The time when the response was sent, or the connection was closed without one; absent until then. */
  endedAt?: string;
}

export interface SecretEntry {
  value: string;
  kind: string;
}

export interface SessionEntry {
  account: string;
  workspace: string;
  sessionId: string;
  /** The number of refreshes of the session. */
  generation: number;
  /** The reason why the session ended; absent while it lives. */
  revoked?: string;
}

export interface Announcement {
  issuer: string;
  backendUrl: string;
  apiUrl: string;
  control: string;
  /** An OpenID Connect provider for the same people. */
  plainIssuer: string;
}

export const clientId = 'app_EMoamEEZ73f0CkXaXp7hrann';
export const redirectUris = ['http://127.0.0.1:1455/auth/callback', 'http://127.0.0.1:1457/auth/callback'];
export const knownScopes = ['openid', 'profile', 'email', 'offline_access', 'api.connectors.read', 'api.connectors.invoke'];

export const apiMount = '/v1';

export const plainMount = '/plain';
export const plainClientId = 'test-client';
/** Loopback URLs with any port. */
export const plainRedirectUris = ['http://127.0.0.1/auth/callback', 'http://127.0.0.1/callback'];
export const plainScopes = ['openid', 'profile', 'email', 'offline_access'];

export const apiAudience = 'https://api.openai.com/v1';

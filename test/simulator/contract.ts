/** What the control routes take and give: shared by the service and by its client. */
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
  /** Authorize redirects at once as this account, without pages. */
  autoApprove: AutoApprove | null;
  authorizeDelayMs: number;
  approveDelayMs: number;
  tokenDelayMs: number;
  revokeDelayMs: number;
  usageDelayMs: number;
  deviceDelayMs: number;
  apiDelayMs: number;
  /** How long a device code lives that is given out from now on. */
  deviceCodeSeconds: number;
  /** What a new device code says; `usual`: "5" here and 5 there, as each service does; null: nothing. */
  deviceInterval: string | number | null;
  /** Shifts the service's clock, the Date header included. */
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
] as const;
export type FaultRoute = (typeof faultRoutes)[number];

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export const namedFaults = [
  /** The connection is reset before any answer; the request is not processed. */
  'drop',
  /** No answer ever; the request is not processed. */
  'hang',
  /** The request is processed, and the connection is reset in place of the answer. */
  'answerLost',
  /** The request is processed, and the connection is reset in the middle of the answer's body. */
  'truncated',
  /** The request is processed, and the answer's body breaks off although the answer ends well. */
  'cutShort',
  /** A network filter's page with 403; the request is not processed. */
  'html',
  /** A page with 200; the request is not processed. */
  'html200',
  /** 200 with JSON that breaks off; the request is not processed. */
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
  /** Also for the start of a device sign-in. */
  'disabled',
] as const;

/** What a service says about a device code whatever became of it, in the words of that service. */
export type DeviceFault = (typeof deviceFaults)[number];

/** The codes that can be ordered: two with each status. What a code means for a session is the client's to know, not the simulator's. */
export const refusalCodes = ['invalid_grant', 'unknown_parameter', 'refresh_token_expired', 'token_expired'] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** Where the code stands: in `error.code`, in `error` itself, or beside it. */
export const errorShapes = ['object', 'string', 'flat'] as const;
export type ErrorShape = (typeof errorShapes)[number];

/** A refusal with an error code; the request is not processed. */
export interface Refusal {
  code: RefusalCode;
  shape?: ErrorShape;
  /** By default 400 for `invalid_grant` and `unknown_parameter`, and 401 otherwise. */
  status?: number;
}

/** Too many requests, with the time to wait; the request is not processed. */
export interface Busy {
  retryAfterSeconds: number;
  as: 'seconds' | 'date';
  /** 429 by default. */
  status?: number;
}

export type Fault = Answer | NamedFault | DeviceFault | Refusal | Busy;

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
  /** The responses to change; the tokens of a sign-in by default. */
  on?: Mutable;
  times?: number;
  /** Of token answers only. */
  idToken?: IdTokenMutation;
  /** Fields left out of the answer, or parameters of the callback. */
  omit?: string[];
  /** Put over those that the answer has. */
  set?: Record<string, unknown>;
}

export const windowKinds = ['5h', 'weekly', 'monthly'] as const;
export type WindowKind = (typeof windowKinds)[number];

export type UsedChange = number | { percent: number; resetsInSeconds?: number };

/** An answer about usage in place of the one that the windows give. Whose it is, is put in. */
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
  entitled?: boolean;
  used?: Partial<Record<WindowKind, UsedChange>>;
  resetCredits?: number;
  /** null: what the windows give. */
  reported?: ReportedUsage | null;
}

export const apiKeyStates = ['good', 'revoked', 'rateLimited', 'outOfBudget', 'forbidden', 'restricted'] as const;
/** What the API says of a key. */
export type ApiKeyState = (typeof apiKeyStates)[number];

export interface ApiKeyIssue {
  /** In a header of each response, like the project; absent: in none. */
  organization?: string;
  project?: string;
}

export interface RequestEntry {
  kind: RequestKind;
  method: string;
  path: string;
  headers: Record<string, string>;
  params: Record<string, string>;
  /** Kinds of credentials in it that do not belong there: an API key anywhere but in the API's own header, and any token at the API. */
  strays: string[];
  /** 0 while there is no answer, or when there never was one. */
  status: number;
  at: string;
  /** When the answer was out, or the connection gone without one; absent until then. */
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
  /** How many times the session was refreshed. */
  generation: number;
  /** Why the session ended; absent while it lives. */
  revoked?: string;
}

export interface Announcement {
  issuer: string;
  backendUrl: string;
  apiUrl: string;
  control: string;
  /** A standard OpenID provider for the same people. */
  plainIssuer: string;
}

export const clientId = 'app_EMoamEEZ73f0CkXaXp7hrann';
export const redirectUris = ['http://127.0.0.1:1455/auth/callback', 'http://127.0.0.1:1457/auth/callback'];
export const knownScopes = ['openid', 'profile', 'email', 'offline_access', 'api.connectors.read', 'api.connectors.invoke'];

export const apiMount = '/v1';

export const plainMount = '/plain';
export const plainClientId = 'test-client';
/** Loopback addresses, with whichever port. */
export const plainRedirectUris = ['http://127.0.0.1/auth/callback', 'http://127.0.0.1/callback'];
export const plainScopes = ['openid', 'profile', 'email', 'offline_access'];

export const apiAudience = 'https://api.openai.com/v1';

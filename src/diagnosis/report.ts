import type { AccountFacts, ApiKeyFacts } from './accountFacts.ts';
import type { CodexCliFacts } from './codexCliFacts.ts';
import type { RecordedFailure } from '../shell/failures.ts';
import type { PortState } from './ports.ts';
import type { ProbeFailure } from './probe.ts';
import type { ProxyFacts } from './proxy.ts';
import type { NotAsked, Reach } from './reach.ts';
import type { ChangedSetting, EditorNetwork } from './settings.ts';
import type { FolderState, SecretStoreState, VaultState } from './storage.ts';
import type { architectures, editorHosts, editors, ManifestWord, NetworkWord, platforms, remotes, surroundings, Version } from './words.ts';

type OneOf<Words extends readonly string[]> = Words[number];

/** - `missing`: the variable names a file that does not exist */
export type CertificateFile = 'notSet' | 'there' | 'missing';

export interface Machine {
  readonly extension: Version;
  readonly editor: OneOf<typeof editors> | 'other';
  readonly editorVersion: Version;
  readonly node: Version;
  readonly sqlite: Version;
  readonly platform: OneOf<typeof platforms> | 'other';
  readonly platformVersion: Version;
  readonly architecture: OneOf<typeof architectures> | 'other';
}

export interface Host {
  readonly kind: OneOf<typeof editorHosts> | 'other';
  readonly ui: 'desktop' | 'web';
  readonly remote: OneOf<typeof remotes> | 'none' | 'other';
  /** Where VS Code runs the extension: beside the window, or where the files are. */
  readonly runs: 'ui' | 'workspace';
  /** The method that a sign-in begins with by default. */
  readonly method: 'browser' | 'deviceCode';
  readonly surroundings: readonly OneOf<typeof surroundings>[];
}

export interface Network {
  readonly editor: EditorNetwork;
  readonly proxy: ProxyFacts | 'none';
  readonly certificateFiles: { readonly SSL_CERT_FILE: CertificateFile; readonly NODE_EXTRA_CA_CERTS: CertificateFile };
  /** Whether Node accepts every certificate. */
  readonly tlsVerificationDisabled: boolean;
  readonly services: readonly (Reach | NotAsked)[];
}

/** A failure of this window, with what of the network's words is known. */
export interface FailureFacts extends Pick<RecordedFailure, 'code' | 'times' | 'at'> {
  readonly networkWords: readonly NetworkWord[];
}

/**
 * Everything that a diagnosis reports: codes, numbers and listed words. It has no room for anything else: no name, no address, no
 * id, no text from outside.
 */
export interface Report {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly machine: Machine;
  readonly host: Host;
  readonly ports: readonly (PortState | ProbeFailure)[];
  readonly network: Network;
  readonly folder: FolderState | ProbeFailure;
  readonly vault: VaultState;
  readonly secretStore: SecretStoreState;
  readonly accounts: readonly AccountFacts[] | ProbeFailure;
  readonly apiKeys: readonly ApiKeyFacts[] | ProbeFailure;
  readonly codexCli: CodexCliFacts | ProbeFailure;
  readonly failures: readonly FailureFacts[];
  readonly settings: readonly ChangedSetting[];
}

/** `T` without the members that take free text. */
type Closed<T> = T extends ManifestWord
  ? T
  : T extends string
    ? string extends T
      ? never
      : T
    : T extends number | boolean | undefined
      ? T
      : { [Key in keyof T]: Closed<T[Key]> };

/** The compiler refuses a report as soon as a part of it takes free text. */
export function asReport(report: Closed<Report>): Report {
  return report;
}

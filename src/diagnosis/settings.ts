import type { ManifestWord } from './words.ts';
import { wordOf } from './words.ts';

/** What the manifest says of one setting, as far as it decides what may be shown of its value. */
export interface SettingSchema {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
}

/**
 * A setting that differs from its default. What was typed freely is only counted or said to be set: an address or a path names
 * a company or a person.
 */
export interface ChangedSetting {
  readonly name: ManifestWord;
  readonly value: ManifestWord | number | boolean | 'set' | { readonly entries: number };
}

/**
 * @param schemas the manifest's, by the settings' whole names
 * @param valueOf what holds now, which may be anything
 */
export function changedSettings(
  schemas: Readonly<Record<string, SettingSchema>>,
  valueOf: (name: string) => unknown,
): readonly ChangedSetting[] {
  return Object.entries(schemas).flatMap(([name, schema]) => {
    const value = valueOf(name);
    if (value === undefined || JSON.stringify(value) === JSON.stringify(schema.default)) return [];
    return [{ name: name as ManifestWord, value: shown(schema, value) }];
  });
}

function shown(schema: SettingSchema, value: unknown): ChangedSetting['value'] {
  const word = schema.enum?.find(each => each === value);
  if (typeof word === 'string') return word as ManifestWord;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number' && (schema.type === 'number' || schema.type === 'integer') && Number.isFinite(value)) return value;
  return Array.isArray(value) ? { entries: value.length } : 'set';
}

const proxySupports = ['off', 'on', 'fallback', 'override'] as const;

/** VS Code's own settings that a sign-in goes by. */
export interface EditorNetwork {
  readonly proxySupport: (typeof proxySupports)[number] | 'other';
  readonly proxyStrictSsl: boolean;
  readonly systemCertificates: boolean;
  readonly proxyExceptions: number;
}

/** @param valueOf what a setting of VS Code is, which may be anything */
export function editorNetwork(valueOf: (name: string) => unknown): EditorNetwork {
  const exceptions = valueOf('http.noProxy');
  return {
    proxySupport: wordOf(proxySupports, valueOf('http.proxySupport')) ?? 'other',
    proxyStrictSsl: valueOf('http.proxyStrictSSL') !== false,
    systemCertificates: valueOf('http.systemCertificates') !== false,
    proxyExceptions: Array.isArray(exceptions) ? exceptions.length : 0,
  };
}

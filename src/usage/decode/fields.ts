import { minute } from '../../base/duration.ts';
import { isRecord } from '../../base/json.ts';
import { readName } from '../../base/plainText.ts';

/** When a response arrived by this computer's clock, and how far the service's clock is ahead of it: milliseconds both. */
export interface ResponseTime {
  readonly fetchedAt: number;
  readonly clockOffset: number;
}

/** A response that is being read. */
export interface DecodeContext {
  /** Milliseconds since the epoch by this machine's clock. */
  readonly fetchedAt: number;
  /** The service's clock less this machine's, in milliseconds; 0 where they are near. */
  readonly offset: number;
  /** Filled while reading: the paths of unreadable fields. */
  readonly partial: string[];
}

/** A smaller offset is ignored: the time that a response takes is part of it. */
const offsetThatCounts = 2 * minute;
/** In characters. */
const longestText = 64;
/** A hostile response must not fill the disk with names. */
const mostPartial = 32;
const latestTime = 8.64e15;
const isoDate = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;
const plainKey = /^[a-z][a-z0-9_]{0,39}$/i;

export function decodeContext({ fetchedAt, clockOffset }: ResponseTime): DecodeContext {
  return { fetchedAt, offset: Math.abs(clockOffset) > offsetThatCounts ? clockOffset : 0, partial: [] };
}

/**
 * An object from outside, read field by field: what is absent or null is `undefined`, and what is there and cannot be read
 * is `undefined` too and named in the reading's `partial`.
 */
export class FieldReader {
  readonly #record: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #reading: DecodeContext;

  constructor(record: Readonly<Record<string, unknown>>, reading: DecodeContext, path = '') {
    this.#record = record;
    this.#reading = reading;
    this.#path = path;
  }

  get names(): string[] {
    return Object.keys(this.#record);
  }

  get fetchedAt(): number {
    return this.#reading.fetchedAt;
  }

  has(name: string): boolean {
    return this.#record[name] !== undefined && this.#record[name] !== null;
  }

  /** Whether it is there and says that there is none. */
  isNull(name: string): boolean {
    return this.#record[name] === null;
  }

  isText(name: string): boolean {
    return typeof this.#record[name] === 'string';
  }

  /** Finite and at most so large; also as text. */
  number(name: string, most = Number.MAX_VALUE): number | undefined {
    return this.#read(name, value => {
      const number = asNumber(value);
      return number !== undefined && number <= most ? number : undefined;
    });
  }

  boolean(name: string): boolean | undefined {
    return this.#read(name, asBoolean);
  }

  /** Plain text that says something, cut where it is long. */
  text(name: string): string | undefined {
    return this.#read(name, value => readName(value, longestText));
  }

  /** Unix seconds or an ISO date, as milliseconds by this machine's clock; 0 stands for none and is 0. */
  time(name: string): number | undefined {
    return this.#read(name, value => asTime(value, this.#reading.offset));
  }

  object(name: string): FieldReader | undefined {
    return this.#read(name, value => (isRecord(value) ? new FieldReader(value, this.#reading, this.#pathOf(name)) : undefined));
  }

  /** Those that are objects. */
  objects(name: string): FieldReader[] {
    const list = this.#read(name, value => (Array.isArray(value) ? (value as unknown[]) : undefined)) ?? [];
    return list.flatMap((value, index) => {
      const path = `${this.#pathOf(name)}[${String(index)}]`;
      if (isRecord(value)) return [new FieldReader(value, this.#reading, path)];
      this.#note(path);
      return [];
    });
  }

  /** Two numbers, the smaller first. */
  range(name: string): readonly [number, number] | undefined {
    return this.#read(name, value => {
      if (!Array.isArray(value) || value.length !== 2) return undefined;
      const [least, most] = value.map(asNumber);
      return least !== undefined && most !== undefined && least >= 0 && least <= most ? ([least, most] as const) : undefined;
    });
  }

  /** Names a field that cannot be done without. */
  miss(name: string): void {
    this.#note(this.#pathOf(name));
  }

  #read<T>(name: string, as: (value: unknown) => T | undefined): T | undefined {
    if (!this.has(name)) return undefined;
    const value = as(this.#record[name]);
    if (value === undefined) this.#note(this.#pathOf(name));
    return value;
  }

  /** Keys come from outside too: one that is no plain word is not repeated. */
  #pathOf(name: string): string {
    const key = plainKey.test(name) ? name : '*';
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }

  #note(path: string): void {
    const { partial } = this.#reading;
    if (partial.length < mostPartial && !partial.includes(path)) partial.push(path);
  }
}

function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  // JSON has a zero below zero, and it would be shown as one.
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : undefined;
}

function asBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  return word === 'true' || (word === 'false' ? false : undefined);
}

function asTime(value: unknown, offset: number): number | undefined {
  const ms = (asNumber(value) ?? Number.NaN) * 1000;
  const time = Number.isNaN(ms) ? asDate(value) : ms;
  if (time === 0) return 0;
  const ours = Math.round(time - offset);
  return ours > 0 && ours <= latestTime ? ours : undefined;
}

function asDate(value: unknown): number {
  const match = typeof value === 'string' ? isoDate.exec(value.trim()) : null;
  if (!match) return Number.NaN;
  // A date without a time is in UTC already; a time without a zone would be taken for this machine's.
  const [date] = match;
  return Date.parse(date.length === 10 || match[1] !== undefined ? date : `${date}Z`);
}

export interface Output {
  /** Path from the root of the repository. */
  file: string;
  bytes: number;
  entry: boolean;
  /** What it is made of, by path from the root, before it is minified. */
  modules: readonly { file: string; code: string }[];
}
export function build(options?: { production?: boolean }): Promise<Output[]>;
export function describe(outputs: Output[]): string;

export interface Output {
  /** Path from the root of the repository. */
  file: string;
  bytes: number;
  entry: boolean;
}
export function build(options?: { production?: boolean }): Promise<Output[]>;
export function describe(outputs: Output[]): string;

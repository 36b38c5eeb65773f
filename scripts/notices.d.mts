export function notices(files: readonly string[]): string;

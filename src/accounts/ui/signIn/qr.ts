import { encode } from 'uqr';
import type { QrPicture } from './signInView.ts';

/** A QR code as SVG path data, one unit a module. */
export function drawQr(text: string): Omit<QrPicture, 'label'> {
  const { data, size } = encode(text, { border: 0 });
  const path = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${String(x)} ${String(y)}h1v1h-1z` : ''))).join('');
  return { size, path };
}

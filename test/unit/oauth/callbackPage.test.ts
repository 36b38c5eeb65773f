import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callbackPageHeaders, callbackPage } from '../../../src/oauth/callbackPage.ts';

const page = callbackPage({
  mood: 'bad',
  language: 'de"><script>',
  title: `<script>alert('1')</script>`,
  paragraphs: ['Tom & Jerry said "no"', '<img src=x onerror=alert(1)>'],
});

describe('the callback page [R9] [R12]', () => {
  it('the callback page escapes every text', () => {
    expect(page).toContain('<html lang="de&quot;&gt;&lt;script&gt;">');
    expect(page).toContain('<title>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;</title>');
    expect(page).toContain('<h1>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;</h1>');
    expect(page).toContain('<p>Tom &amp; Jerry said &quot;no&quot;</p>\n<p>&lt;img src=x onerror=alert(1)&gt;</p>');
    expect(page).not.toMatch(/<script|<img/);
  });

  it('the callback page is complete, in light and dark, with an icon that screen readers skip', () => {
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('color-scheme: light dark');
    expect(page).toContain('<svg class="bad" viewBox="0 0 24 24" aria-hidden="true">');
    expect(callbackPage({ mood: 'good', language: 'en', title: 't', paragraphs: [] })).toContain('<svg class="good"');
  });

  it('the callback page loads nothing, links nowhere and runs nothing', () => {
    const plain = callbackPage({ mood: 'good', language: 'en', title: 'Signed in', paragraphs: ['Go back to VS Code.'] });
    expect(plain).not.toMatch(/\s(href|src|action|style|on\w+)=|url\(|@import|https?:|<script/);
  });

  it('the headers of the callback page allow its own style and nothing else', () => {
    const style = /<style>(?<style>.*?)<\/style>/s.exec(page)?.groups?.['style'] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(callbackPageHeaders).toEqual({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
    });
  });
});

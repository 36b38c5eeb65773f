const home = process.env['HOME'] ?? process.env['USERPROFILE'] ?? '/';

/**
 * The one place that keeps secrets and personal data out of the log. Words of ours are short and known; anything that
 * could be a token, a code, an email, an id of an account, an address with parameters or a folder that names a person is replaced.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  // Where a defect of ours is, without the folders that name a person.
  [/\bfile:\/\/[^\s"'<>()]*\/([\w.-]+:\d+:\d+)/g, '$1'],
  [/(?<![\w:/\\])(?:[a-z]:)?[\\/](?:[^\\/"'<>()\n]+[\\/])+([\w.-]+\.[cm]?js\b)/gi, '$1'],
  [/\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'<>]+/gi, '<address>'],
  // VS Code's folder for extensions, wherever it is, and people's, on this machine or another. A name may have spaces.
  [/[\\/][^"'<>()\n:]*[\\/]globalStorage\b/gi, '<storage>'],
  [new RegExp(`${home.replace(/\W/g, '\\W')}(?=[\\\\/])`, 'gi'), '<home>'],
  [/[\\/]+(?:home|users)[\\/]+(?:[^\\/"'<>()\n:]+(?=[\\/])|[^\\/\s"'<>():]+)/gi, '<home>'],
  [/\bey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*)?/g, '<token>'],
  [/\b(Bearer|Basic)\s+\S+/gi, '$1 <token>'],
  [/[^\s@"'<>=&?:;,()]{1,99}(?:@|%40)[^\s@"'<>=&?:;,()]+/gi, '<email>'],
  [
    /\b(code|state|token|access_token|refresh_token|id_token|verifier|code_verifier|user_code|secret|key|password)(["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi,
    '$1$2<secret>',
  ],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '<id>'],
  // Before the shorter ones, which would leave a part of it. A network's error word is long too, but plain capitals.
  [/(?<![\w+/=-])(?!(?:[A-Z][A-Z0-9]*_){2,}[A-Z0-9]+(?![A-Za-z0-9_+/=-]))[A-Za-z0-9_+/=-]{32,}/g, '<secret>'],
  [/[\w-]{1,99}\|[\w.-]+/g, '<id>'],
  [/\b(?:user|org|acct|account|sess|authsess|rt|at|ac|sk|oaiapp|app)[-_](?=[\w-]*[0-9A-Z])[\w-]{4,}/g, '<id>'],
  [/\b[A-Z0-9]{4}-[A-Z0-9]{4,5}\b/g, '<code>'],
];

/** Characters that are looked at: the time that it takes grows faster than the text. */
const longestText = 4_000;

export function redact(text: string): string {
  return patterns.reduce((done, [pattern, replacement]) => done.replace(pattern, replacement), cut(text));
}

/** Without the word that the cut goes through: a part of a secret might not be recognized. */
function cut(text: string): string {
  return text.length <= longestText ? text : text.slice(0, longestText).replace(/\S*$/, '…');
}

/** A service names its requests so that its own people can find them: the one id that is there to be passed on. */
const requestId = /^[\w-]{1,64}$/;

export function redactField(name: string, value: string): string {
  return name === 'requestId' && requestId.test(value) ? value : redact(value);
}

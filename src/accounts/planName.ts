/** As OpenAI's own client names them. Their words are those of an older naming: a team is a Business, a business an Enterprise plan. */
const names: Readonly<Record<string, string>> = {
  free: 'Free',
  go: 'Go',
  plus: 'Plus',
  pro: 'Pro',
  prolite: 'Pro 5x',
  pro_lite: 'Pro 5x',
  promax: 'Pro Max',
  team: 'Business',
  self_serve_business_prolite: 'Business Premium',
  self_serve_business_usage_based: 'Business',
  business: 'Enterprise',
  enterprise: 'Enterprise',
  ent26: 'Enterprise',
  enterprise_cbp_automation: 'Enterprise (Automation)',
  enterprise_cbp_usage_based: 'Enterprise',
  hc: 'Enterprise',
  edu: 'Edu',
  education: 'Edu',
  edu_plus: 'Edu Plus',
  edu_pro: 'Edu Pro',
  k12: 'K-12',
  sci: 'Sci',
  sci_plus: 'Sci Plus',
};

const longestName = 24;

/**
 * A plan's short name. Plans are an open set: a word that nobody has seen yet is made readable, not refused. A product's
 * name, so it is not translated.
 * @returns `undefined` where the service names none
 */
export function planName(plan: string | undefined): string | undefined {
  if (plan === undefined) return undefined;
  const word = plan.trim().toLowerCase().replaceAll('-', '_');
  const known = Object.hasOwn(names, word) ? names[word] : undefined;
  if (known !== undefined) return known;
  return readable(word);
}

/**
 * A word of the service as a person may read it: its parts with capitals, without signs.
 * @returns `undefined` where nothing of it can be read
 */
export function readable(word: string | undefined): string | undefined {
  const text = (word ?? '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replace(/(^|\s)\p{L}/gu, letter => letter.toUpperCase());
  return text === '' ? undefined : Array.from(text).slice(0, longestName).join('');
}

// What a browser adds to pages that work without it: copying, times that stay current, filters that act at once.
'use strict';

const all = (selector) => document.querySelectorAll(selector);

// The viewer's zone, so that the server writes and reads times in it.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `console-zone=${zone}; path=/console; max-age=31536000; samesite=lax`;

// A sign-in link carries its code in the fragment, which no server sees. It leaves the address, and so the history,
// before it is posted.
const codeForm = document.querySelector('form[data-auto=code]');
const code = new URLSearchParams(location.hash.slice(1)).get('code');
if (codeForm && code) {
  history.replaceState(null, '', location.pathname + location.search);
  codeForm.elements.code.value = code;
  codeForm.requestSubmit();
}

for (const button of all('[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.select();
      document.execCommand('copy');
    }
    const label = button.textContent;
    button.textContent = 'Copied';
    document.getElementById('copied').textContent = 'Copied to the clipboard.';
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

// A page that is kept for the back button keeps no secret.
addEventListener('pagehide', () => {
  for (const field of all('[data-secret]')) field.value = '';
});

// Filters act as they are chosen.
for (const form of all('form[data-auto=filter]')) {
  for (const select of form.querySelectorAll('select')) select.addEventListener('change', () => form.requestSubmit());
}

// What belongs to a choice chooses it.
for (const field of all('[data-picks]')) {
  field.addEventListener('input', () => {
    const choice = field.closest('fieldset').querySelector(`[type=radio][value="${field.dataset.picks}"]`);
    if (choice && (field.type !== 'checkbox' || field.checked)) choice.checked = true;
  });
}

// Relative times, in the words of the server (TimeWords.cs).
const words = (seconds) => {
  const away = Math.abs(seconds);
  if (away >= 60 * 86400) return null;
  if (away < 60) return seconds <= 0 ? 'just now' : 'in less than a minute';
  const span = away < 3600 ? `${Math.floor(away / 60)} min`
    : away < 172800 ? `${Math.floor(away / 3600)} h` : `${Math.floor(away / 86400)} days`;
  return seconds <= 0 ? `${span} ago` : `in ${span}`;
};
setInterval(() => {
  for (const time of all('time[data-relative]')) {
    const said = words((Date.parse(time.dateTime) - Date.now()) / 1000);
    if (said && said !== time.textContent) time.textContent = said;
  }
}, 15000);

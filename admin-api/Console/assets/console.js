// What a browser adds to pages that work without it: copying, dialogs, times that stay current, filters that act at once,
// and wallets that sign.
'use strict';

const all = (selector, root = document) => root.querySelectorAll(selector);

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

const copy = async (button) => {
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
};

// What a part of a page needs; also one that was put in later.
const enhance = (root) => {
  for (const button of all('[data-copy]', root)) {
    button.hidden = false;
    button.addEventListener('click', () => copy(button));
  }
  // What belongs to a choice chooses it.
  for (const field of all('[data-picks]', root)) {
    field.addEventListener('input', () => {
      const choice = field.closest('fieldset').querySelector(`[type=radio][value="${field.dataset.picks}"]`);
      if (choice && (field.type !== 'checkbox' || field.checked)) choice.checked = true;
    });
  }
};
enhance(document);

// A page that is kept for the back button keeps no secret.
addEventListener('pagehide', () => {
  for (const field of all('[data-secret]')) field.value = '';
});

// Another page of ours, to take a part of it; null when it is not to be had as it is: then the browser goes there.
const parse = async (answer) => new DOMParser().parseFromString(await answer.text(), 'text/html');
const load = async (url) => {
  try {
    const answer = await fetch(url);
    return answer.ok && !answer.redirected ? await parse(answer) : null;
  } catch {
    return null;
  }
};

// Filters act as they are chosen, without a new page.
for (const form of all('form[data-auto=filter]')) {
  const results = document.getElementById('results');
  let turn = 0;
  let pause = 0;
  const act = async () => {
    clearTimeout(pause);
    const mine = ++turn;
    const url = `${form.action}?${new URLSearchParams(new FormData(form))}`;
    const found = (await load(url))?.getElementById('results');
    if (mine !== turn) return;
    if (!found) {
      location.assign(url);
      return;
    }
    results.replaceChildren(...found.childNodes);
    history.replaceState(null, '', url);
    document.getElementById('found').textContent = found.dataset.found ?? '';
    enhance(results);
  };
  form.addEventListener('submit', (event) => { event.preventDefault(); act(); });
  form.addEventListener('change', act);
  form.addEventListener('input', () => { clearTimeout(pause); pause = setTimeout(act, 250); });
}

// Questions before something is done open over the page they are asked on; each is a page by itself without script.
const dialog = document.createElement('dialog');
dialog.className = 'ask';
const fill = (page) => {
  const part = page?.querySelector('main .narrow');
  if (!part) return false;
  dialog.replaceChildren(...part.childNodes);
  const title = dialog.querySelector('h1');
  if (title) {
    title.id = 'ask-title';
    dialog.setAttribute('aria-labelledby', title.id);
  }
  if (!dialog.isConnected) document.body.append(dialog);
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector('[aria-invalid=true], [autofocus]'))?.focus();
  enhance(dialog);
  return true;
};
document.addEventListener('click', async (event) => {
  const link = event.target.closest('a');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  if (dialog.contains(link) && 'close' in link.dataset) {
    event.preventDefault();
    dialog.close();
  } else if ('dialog' in link.dataset) {
    event.preventDefault();
    if (!fill(await load(link.href))) location.assign(link.href);
  }
});
dialog.addEventListener('submit', async (event) => {
  const form = event.target;
  event.preventDefault();
  // Sent once: a second press while the first is on its way does nothing.
  if (dialog.ariaBusy === 'true') return;
  dialog.ariaBusy = 'true';
  try {
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const answer = await fetch(form.action, { method: 'POST', body });
    if (answer.redirected) location.assign(answer.url);
    else if (!fill(await parse(answer))) form.submit();
  } catch {
    form.submit();
  } finally {
    dialog.ariaBusy = 'false';
  }
});

// What must be answered stays open, whatever key is pressed.
for (const must of all('dialog[data-modal]')) {
  must.close();
  must.showModal();
  must.addEventListener('cancel', (event) => event.preventDefault());
  must.addEventListener('close', () => { if (!must.open) must.showModal(); });
}

// Relative times, in the words of the server (TimeWords.cs); what counts down does so to the second.
const words = (seconds) => {
  const away = Math.abs(seconds);
  if (away >= 60 * 86400) return null;
  if (away < 60) return seconds <= 0 ? 'just now' : 'in less than a minute';
  const span = away < 3600 ? `${Math.floor(away / 60)} min`
    : away < 172800 ? `${Math.floor(away / 3600)} h` : `${Math.floor(away / 86400)} days`;
  return seconds <= 0 ? `${span} ago` : `in ${span}`;
};
const left = (seconds) => {
  if (seconds <= 0) return 'now';
  const part = (unit, size, of) => (seconds >= size ? `${Math.floor(seconds / size) % of} ${unit} ` : '');
  return `in ${part('d', 86400, 1000)}${part('h', 3600, 24)}${part('min', 60, 60)}${Math.floor(seconds) % 60} s`;
};
const say = (selector, how) => {
  for (const time of all(selector)) {
    const said = how((Date.parse(time.dateTime) - Date.now()) / 1000);
    if (said && said !== time.textContent) time.textContent = said;
  }
};
setInterval(() => say('time[data-relative]', words), 15000);
setInterval(() => say('time[data-countdown]', left), 1000);

// Wallets in the browser (the Wallet Standard): each announces itself, and is asked for its address or for a signature. What
// it gives goes into the fields one could have typed it into.
const slot = document.querySelector('[data-wallets]');
const offers = new Set();
const form = slot && (slot.closest('form') ?? slot.parentElement.querySelector('form'));
const told = document.createElement('p');
told.setAttribute('role', 'status');
const offer = (name, act) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = name;
  button.addEventListener('click', async () => {
    told.textContent = '';
    try {
      await act();
    } catch (error) {
      told.textContent = `The wallet did not: ${error?.message ?? error}`;
    }
  });
  slot.insertBefore(button, told);
  slot.hidden = false;
};
const accountsOf = async (wallet) => {
  const { accounts } = await wallet.features['standard:connect'].connect();
  return accounts.filter((account) => account.features.includes('solana:signMessage'));
};
const take = (address) => {
  form.elements.address.value = address;
  form.requestSubmit();
};
const connect = async (wallet) => {
  const accounts = await accountsOf(wallet);
  if (accounts.length === 1) take(accounts[0].address);
  else if (accounts.length === 0) throw new Error('it has no Solana account that signs messages.');
  else for (const { address } of accounts) offer(address, () => take(address));
};
const sign = async (wallet) => {
  const account = (await accountsOf(wallet)).find(({ address }) => address === slot.dataset.address);
  if (!account) throw new Error('it does not hold this address.');
  const message = new TextEncoder().encode(form.elements.message.value);
  const [{ signature }] = await wallet.features['solana:signMessage'].signMessage({ account, message });
  form.elements.signature.value = btoa(String.fromCharCode(...signature));
  form.requestSubmit();
};
if (slot) {
  slot.append(told);
  const register = (...wallets) => {
    for (const wallet of wallets) {
      const isUsable = wallet.features['standard:connect'] && wallet.features['solana:signMessage'];
      if (!isUsable || offers.has(wallet)) continue;
      offers.add(wallet);
      const isFirst = slot.dataset.wallets === 'connect';
      offer(`${isFirst ? 'Use' : 'Sign with'} ${wallet.name}`, () => (isFirst ? connect(wallet) : sign(wallet)));
    }
    return () => {};
  };
  addEventListener('wallet-standard:register-wallet', ({ detail }) => detail({ register }));
  dispatchEvent(new CustomEvent('wallet-standard:app-ready', { detail: { register } }));
}

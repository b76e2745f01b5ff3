// Passkeys: fetches or reads what the server asks, lets the browser make or use one, and sends the form.

const LOOPBACK = /^127\.|^\[::1\]$/;
const ORDINAL = /^\d{1,3}(\.\d{1,3}){3}$|^\[/; // a host that is a number: browsers make no passkeys for it

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function named(list) {
  return list?.map((one) => ({ ...one, id: bytes(one.id) }));
}

/** What the server sends is JSON; browsers want bytes. */
function forBrowser({ publicKey: asked }, alone) {
  const options = { ...asked, challenge: bytes(asked.challenge) };
  if (asked.user) options.user = { ...asked.user, id: bytes(asked.user.id) };
  if (asked.excludeCredentials) options.excludeCredentials = named(asked.excludeCredentials);
  if (asked.allowCredentials) options.allowCredentials = named(asked.allowCredentials);
  if (alone !== undefined) {
    options.authenticatorSelection = {
      ...asked.authenticatorSelection,
      residentKey: alone ? "required" : "discouraged",
      requireResidentKey: alone,
      ...(alone && { userVerification: "required" }),
    };
  }
  return { publicKey: options };
}

/** And back: bytes to JSON. */
function forServer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
    ...(credential.authenticatorAttachment && { authenticatorAttachment: credential.authenticatorAttachment }),
  };
}

async function asked(form) {
  if (!form.dataset.options) return JSON.parse(document.getElementById("passkey-data").textContent);
  const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
  if (answer.status === 429) throw new DOMException("", "TooOften");
  if (!answer.ok) throw new DOMException("", "NetworkError");
  return answer.json();
}

async function ask(form) {
  const data = await asked(form);
  if (form.dataset.passkey === "create") {
    const alone = form.elements.passwordless?.checked ?? false;
    return navigator.credentials.create(forBrowser(data.creation_options, alone));
  }
  return navigator.credentials.get(forBrowser(data.request_options));
}

/** Say why it did not work and what to do next. */
function why({ name }) {
  return {
    NotAllowedError: "No passkey was used: the window was closed, or it took too long. Press the button to try again.",
    InvalidStateError: "This device holds a passkey of your account already. Use another device, or keep that one.",
    NotSupportedError: "This device cannot make such a passkey. Take away the tick for signing in alone, or use another.",
    SecurityError: "Passkeys of this account belong to another address of this site. Open the site at that address.",
    TooOften: "That was tried too often. Wait a minute, then try again.",
    NetworkError: "The site did not answer. Check the connection, then press the button again.",
    TypeError: "The site did not answer. Check the connection, then press the button again.",
  }[name] ?? "The browser could not use a passkey here. Try again, or choose another way.";
}

function cannot() {
  if (ORDINAL.test(location.hostname)) return "Passkeys need a host that is a name.";
  if (!window.isSecureContext) return "Passkeys need a secure connection (https). Choose another way here.";
  if (!window.PublicKeyCredential) return "This browser has no passkeys. Choose another way, or another browser.";
  return "";
}

/** On one's own machine the same page has a name; a session of the number does not count there. */
function byName() {
  const link = document.createElement("a");
  link.href = `http://localhost${location.port && `:${location.port}`}${location.pathname}${location.search}`;
  link.textContent = `this page at ${link.host}`;
  return [" On this machine, open ", link, " instead, and sign in there."];
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("[data-passkey-go]");
  const told = form.querySelector("[data-passkey-no]");
  const say = (words) => { told.textContent = words; told.hidden = !words; };
  const reason = cannot();
  say(reason);
  if (LOOPBACK.test(location.hostname)) told.append(...byName());
  button.disabled = Boolean(reason);
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    if (reason) return;
    button.disabled = true;
    say("");
    try {
      form.elements.credential.value = JSON.stringify(forServer(await ask(form)));
      form.submit();
    } catch (error) {
      say(why(error));
      button.disabled = false;
    }
  });
}

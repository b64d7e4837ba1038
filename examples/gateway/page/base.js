// The page of the gateway. What others have written is shown by text nodes only: nothing is parsed.

const $ = (id) => document.getElementById(id);
const on = (id, type, work) => $(id).addEventListener(type, work);

// An element, its properties if any, and its children; strings become text nodes.
function el(name, ...children) {
	const properties = children[0] && children[0].constructor === Object ? children.shift() : {};
	const [tag, ...classes] = name.split(".");
	const element = document.createElement(tag);
	if (classes.length) element.className = classes.join(" ");
	for (const [key, value] of Object.entries(properties)) {
		if (value === undefined || value === null || value === false) continue;
		if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
		else element.setAttribute(key, value === true ? "" : value);
	}
	element.append(...children.flat().filter((child) => child !== null && child !== undefined));
	return element;
}

const button = (text, onclick, kind = "button") => el(kind, { type: "button", onclick }, text);

function svg(name, attributes, ...children) {
	const element = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
	element.append(...children);
	return element;
}

const hex = (character) => "U+" + character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");

// Characters that draw nothing, or that change how others are drawn. Joiners inside emoji and
// between letters of scripts that need them do their work.
const GHOSTS = /(\p{Extended_Pictographic}[\u{fe0f}\u{1f3fb}-\u{1f3ff}]*\u200d(?=\p{Extended_Pictographic})|[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Malayalam}\p{Script=Sinhala}][\p{M}]*[\u200c\u200d](?=\p{L}))|([\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0])/gu;

// A text of somebody else, isolated from the direction of its neighbours, with all it hides.
function quoted(text, tag = "bdi") {
	const element = el(tag, { dir: "auto" }), lines = text.replaceAll("\r\n", "\n");
	let at = 0;
	for (const match of lines.matchAll(GHOSTS)) {
		const ghost = match[2];
		if (!ghost || ghost === "\n" || /[\u0600-\u0605\u06dd\u070f\u08e2]/.test(ghost)) continue;
		element.append(lines.slice(at, match.index), el("span.ghost", { dir: "ltr", title: nameOf(ghost) }, hex(ghost)));
		at = match.index + ghost.length;
	}
	element.append(lines.slice(at));
	return element;
}

// The names of characters that are often pasted or hidden, by their code points.
const NAMES = Object.fromEntries(`9 tab|60 grave accent|a0 no-break space|ab left guillemet|ad soft hyphen|b4 acute accent|bb right guillemet|e7 small c with cedilla|200b zero width space|200c zero width non-joiner|200d zero width joiner|200e left-to-right mark|200f right-to-left mark|2013 en dash|2014 em dash|2018 left single quotation mark|2019 right single quotation mark|201c left double quotation mark|201d right double quotation mark|201e low double quotation mark|2022 bullet|2026 ellipsis|202d left-to-right override|202e right-to-left override|202f narrow no-break space|fe0f emoji presentation|feff byte order mark|fffd replacement character`
	.split("|").map((entry) => [parseInt(entry, 16), entry.slice(entry.indexOf(" ") + 1)]));

const SCRIPTS = ["Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Han", "Hiragana", "Katakana", "Hangul", "Thai", "Devanagari", "Georgian", "Armenian"];

// The name of a character, or its kind where it is none of the frequent ones.
function nameOf(character) {
	const name = NAMES[character.codePointAt(0)];
	if (name) return name;
	if (/\p{Extended_Pictographic}/u.test(character)) return "emoji";
	const is = (property) => new RegExp(`\\p{${property}}`, "u").test(character);
	const script = SCRIPTS.find((script) => is(`Script=${script}`));
	const kind = [["Lu", "capital letter"], ["L", "letter"], ["M", "combining mark"], ["N", "digit"], ["Sc", "currency sign"], ["S", "symbol"], ["P", "punctuation mark"], ["Z", "space"], ["Cc", "control character"], ["Cf", "format character"]].find(([property]) => is(property));
	return [script, kind ? kind[1] : "character"].filter(Boolean).join(" ");
}

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

const HOUR = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const CLOCK = new Intl.DateTimeFormat(undefined, { ...HOUR, second: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { ...HOUR, day: "numeric", month: "short" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

function when(text) {
	const time = new Date(text);
	if (isNaN(time)) return el("span", text);
	const today = time.toDateString() === new Date().toDateString();
	return el("time", { datetime: text, title: FULL.format(time) }, (today ? CLOCK : DAY).format(time));
}

// Speaks to a screen reader.
function say(text) {
	$("say").textContent = text;
}

function later(wait, work) {
	let timer;
	return (...values) => {
		clearTimeout(timer);
		timer = setTimeout(() => work(...values), wait);
	};
}

// The key, if this gateway needs one. It is kept in this tab.
const keys = {
	get: () => sessionStorage.getItem("key"),
	set: (key) => sessionStorage.setItem("key", key),
	forget: () => sessionStorage.removeItem("key"),
	headers: () => (keys.get() ? { Authorization: `Bearer ${keys.get()}` } : {}),
};

// A problem as the server describes it, or the absence of an answer.
class Problem extends Error {
	constructor(status, body) {
		super(body.detail || body.title || `The gateway has answered with status ${status}.`);
		this.status = status;
		this.fields = body.errors || [];
	}
	// The reason for one field.
	at(pointer) {
		return this.fields.filter((field) => field.pointer === pointer).map((field) => field.detail).join(" ");
	}
}

async function problemOf(answer) {
	let body = {};
	try { body = await answer.json(); } catch { /* The status says enough. */ }
	return new Problem(answer.status, body);
}

async function api(method, path, body, extra = {}) {
	const headers = { ...keys.headers(), ...extra };
	if (body !== undefined) headers["Content-Type"] = "application/json";
	let answer;
	try {
		answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
	} catch {
		throw new Problem(0, { detail: "The gateway does not answer." });
	}
	if (answer.ok) return answer.json();
	const problem = await problemOf(answer);
	if (answer.status === 401) askForKey(problem);
	throw problem;
}

function askForKey(problem) {
	$("key-error").textContent = keys.get() ? `${sentence(problem.message)}` : "";
	$("key-form").hidden = false;
	for (const id of ["desk", "inspect", "nav", "forget", "help-open"]) $(id).hidden = true;
	live.stop();
	$("key").focus();
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const sentence = (text) => capital(text) + (/[.!?]$/.test(text) ? "" : ".");

// Shows a problem in an element, or clears it.
function show(id, problem) {
	const text = problem ? sentence(problem.message || String(problem)) : "";
	if ($(id).textContent !== text) $(id).textContent = text;
}


// A new message, and what becomes of one.

let routes = [];
let replyTo = null;
let attempt = null;
let shownResult = null;

async function fillWays(modems) {
	try { routes = await api("GET", "/v1/routes"); } catch { routes = []; }
	const chosen = $("way").value;
	const option = (value, text) => el("option", { value }, text);
	$("way").replaceChildren(option("", "any modem that fits"),
		...(routes.length ? [el("optgroup", { label: "Route" }, routes.map((route) => option(`route:${route.name}`, route.name)))] : []),
		el("optgroup", { label: "Modem" }, modems.map((name) => option(`from:${name}`, name))));
	$("way").value = chosen;
	if ($("way").selectedIndex < 0) $("way").value = "";
}

function draft() {
	const message = { to: $("to").value.trim().replace(/[\s()/.-]/g, ""), text: $("text").value, report: $("report").checked, priority: $("priority").value };
	const [kind, name] = $("way").value.split(/:(.*)/s);
	if (replyTo) message.reply_to = replyTo.id;
	else if (kind) message[kind] = name;
	return message;
}

function showErrors(problem, only) {
	const fields = { "to-error": "/to", "text-error": "/text", "way-error": "/from" };
	let known = 0;
	for (const [id, pointer] of Object.entries(fields)) {
		const text = problem ? problem.at(pointer) : "";
		if (text) known += 1;
		// Nobody is told that a field is wrong before they have filled it.
		const isEmpty = only && id === "to-error" && !$("to").value.trim();
		$(id).textContent = text && !isEmpty ? sentence(text) : "";
	}
	$("to").setAttribute("aria-invalid", String(Boolean($("to-error").textContent)));
	$("text").setAttribute("aria-invalid", String(Boolean($("text-error").textContent)));
	show("compose-error", problem && !known && !only ? problem : null);
}

// The cost of a text does not wait for its recipient.
const SOMEBODY = "+491";
let asked = 0;
const preview = later(200, async () => {
	const message = draft(), number = ++asked;
	if (!message.text) {
		showCost(null);
		return showErrors(null, true);
	}
	let problem = null, cost = null;
	for (const to of message.to && message.to !== SOMEBODY ? [message.to, SOMEBODY] : [SOMEBODY]) {
		try {
			cost = await api("POST", "/v1/messages:preview", { ...message, to });
			break;
		} catch (error) { problem = problem || error; }
	}
	if (number !== asked) return;
	showErrors(problem, true);
	if (problem && problem.status !== 422) show("compose-error", problem);
	showCost(cost);
});

function showCost(cost) {
	const isForced = cost !== null && cost.coding === "ucs2" && cost.foreign.length > 0;
	$("foreign").hidden = !isForced;
	if (!cost) return $("cost").replaceChildren();
	const coding = { gsm7: "GSM 7-bit", ucs2: "UCS-2", data: "data" }[cost.coding];
	$("cost").replaceChildren(el(`span.badge.${cost.coding}`, coding), ` ${plural(cost.parts, "part")}`,
		cost.remaining === null ? "" : `, room for ${cost.remaining} more in ${cost.parts > 1 ? "the last" : "it"}`);
	if (!isForced) return;
	const shown = cost.foreign.slice(0, 12).map((character) => /\p{C}|\p{Z}/u.test(character)
		? el("li", el("span.ghost", hex(character)), ` ${nameOf(character)}`)
		: el("li", el("b", { dir: "auto" }, character), ` ${nameOf(character)} `, el("small", hex(character))));
	$("foreign").replaceChildren(
		el("p", `${cost.foreign.length === 1 ? "This character needs" : "These characters need"} UCS-2, with room for fewer than half as many:`),
		el("ul", shown, cost.foreign.length > 12 ? el("li", `and ${cost.foreign.length - 12} more`) : null),
		...(cost.plain ? [button("Write the nearest plain characters", () => { $("text").value = cost.plain; $("text").focus(); preview(); }, "button.quiet")] : []));
}

function setReply(incoming) {
	replyTo = incoming;
	$("reply").hidden = !incoming;
	$("way").disabled = Boolean(incoming);
	if (incoming) {
		$("reply").firstElementChild.replaceChildren("The answer leaves by the SIM that has the message, in ", quoted(incoming.modem), ".");
		$("to").value = incoming.from;
		$("text").focus();
	}
	preview();
}

// A random key, so that a request whose answer is lost can be repeated and sends once.
const randomKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (octet) => octet.toString(16).padStart(2, "0")).join("");

async function send(event) {
	event.preventDefault();
	const message = draft(), body = JSON.stringify(message);
	if (!attempt || attempt.body !== body) attempt = { body, key: randomKey() };
	$("send").disabled = true;
	try {
		const accepted = await api("POST", "/v1/messages", message, { "Idempotency-Key": attempt.key });
		attempt = null;
		showErrors(null);
		$("text").value = "";
		asked += 1;
		showCost(null);
		if (replyTo) setReply(null);
		say("The message is accepted.");
		shownResult = accepted.id;
		await refreshResult();
	} catch (problem) {
		if (problem.status === 0) problem.message += " Send again: the message goes out once.";
		showErrors(problem);
		const first = ["to", "text", "way"].find((id) => $(`${id}-error`).textContent);
		if (first) $(first).focus();
	} finally {
		$("send").disabled = false;
	}
}

async function refreshResult() {
	if (!shownResult) return;
	const turn = refreshResult.turn = {};
	try {
		const message = await api("GET", `/v1/messages/${shownResult}`);
		if (turn !== refreshResult.turn || message.id !== shownResult) return;
		const close = button("Close", () => { shownResult = null; $("result").hidden = true; }, "button.quiet");
		$("result").replaceChildren(el("div.top", el("h3", "To ", quoted(message.to)), badge(message.status)), timeline(message), actions(message, close));
		$("result").hidden = false;
		watch(message, refreshResult);
	} catch (problem) { show("compose-error", problem); }
}

// A part has no events of its own: while parts move, the history is read again.
const watched = new Map();
function watch(message, work) {
	clearTimeout(watched.get(work));
	if (message.status === "sending") watched.set(work, setTimeout(work, 1000));
}

const MEANINGS = {
	scheduled: "waits for its time", queued: "waits for a modem", sending: "is being sent", sent: "accepted by the network",
	delivered: "delivered to the recipient", undelivered: "not delivered", failed: "not sent", unknown: "nobody knows whether it has left",
	expired: "not sent in time", cancelled: "cancelled, not sent", claimed: "with the modem: it may leave from now on", released: "back from the modem: it has not left", waiting: "waits",
};

const badge = (status) => el(`span.badge.${status}`, status);

function timeline(message) {
	const isLong = message.parts.length > 1;
	// Where there is one part, it says the same as the message, with the modem and the reference.
	const ofPart = ["claimed", "released", "sending", "sent"];
	const steps = message.history.filter((step) => isLong || ofPart.includes(step.status) === (step.part !== null));
	const lines = steps.map((step) => {
		const part = step.part === null ? null : message.parts[step.part - 1];
		const words = [];
		if (part && isLong) words.push(`part ${step.part} of ${message.parts.length}: `);
		words.push(MEANINGS[step.status] || step.status);
		if (part && step.modem) words.push(" · ", quoted(step.modem));
		if (part && step.status === "sent" && part.reference !== null) words.push(` · reference ${part.reference}`);
		if (step.reason) words.push(": ", quoted(step.reason));
		return el(`li.${step.status}`, when(step.at), el("span", words));
	});
	return el("ol.timeline", { "aria-label": "What has become of the message" }, lines);
}

function actions(message, ...more) {
	const error = el("p.error", { role: "alert" });
	const run = (method, path, done, extra) => async () => {
		error.textContent = "";
		try { done(await api(method, path, undefined, extra)); } catch (problem) { error.textContent = sentence(problem.message); }
	};
	const path = `/v1/messages/${message.id}`;
	const buttons = [], notes = [];
	if (message.status === "scheduled" || message.status === "queued") {
		buttons.push(button("Cancel the message", run("DELETE", path, () => { say("The message is cancelled."); changed(message.id); }), "button.danger"));
	}
	const again = ["unknown", "failed", "undelivered", "expired", "cancelled"].includes(message.status);
	if (message.status === "unknown") {
		notes.push(el("p.warning", "The modem or the gateway was lost at the moment of sending. The message may have left, or not. The gateway never sends it again by itself. ",
			message.final ? "" : "A late report may still settle it. ", el("strong", "If you send it again, the recipient may get it twice.")));
	}
	if (again) {
		const key = randomKey();
		const partly = message.parts.some((part) => ["sent", "delivered"].includes(part.state));
		if (partly && message.status !== "unknown") notes.push(el("p.warning", "Some parts were sent. Sent again, the recipient gets those twice."));
		buttons.push(button(message.status === "unknown" ? "Send again, and risk a second copy" : "Send again", run("POST", `${path}:resend`, (accepted) => {
			say("The message is sent again, as a new one.");
			shownResult = accepted.id;
			refreshResult();
		}, { "Idempotency-Key": key })));
	}
	return el("div.actions", notes, error, el("div.buttons", buttons, more));
}

function startCompose() {
	on("compose", "submit", send);
	on("compose", "input", preview);
	$("reply").lastElementChild.addEventListener("click", () => setReply(null));
	on("text", "keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("compose").requestSubmit(); });
}

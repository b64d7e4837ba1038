
// Modems as cards.

const STATES = { idle: "ready", sending: "sending", quarantined: "quarantined", down: "down" };

function signalBars(dbm) {
	const level = [-113, -105, -95, -85, -70].filter((limit) => dbm >= limit).length;
	const bars = [1, 2, 3, 4, 5].map((bar) =>
		svg("rect", { x: bar * 6 - 6, y: 16 - bar * 3, width: 4, height: bar * 3 + 1, rx: 1, class: bar <= level ? `on l${level}` : "off" }));
	return svg("svg", { viewBox: "0 0 28 17", width: 28, height: 17, class: "signal", "aria-hidden": "true" }, ...bars);
}

function plot(modem) {
	const sent = modem.sent_by_minute, received = modem.received_by_minute;
	const most = Math.max(0, ...sent.map((count, at) => count + received[at]));
	const scale = 34 / Math.max(4, most);
	const bars = sent.flatMap((count, at) => {
		const x = (60 - sent.length + at) * 4, up = count * scale, down = received[at] * scale;
		return [svg("rect", { x, y: 36 - up, width: 3, height: up, class: "sent" }), svg("rect", { x, y: 36 - up - down, width: 3, height: down, class: "received" })];
	});
	const sum = (counts) => counts.reduce((all, count) => all + count, 0);
	const words = `Last hour: ${sum(sent)} sent, ${sum(received)} received. Most in a minute: ${most}.`;
	const drawing = svg("svg", { viewBox: "0 0 240 37", class: "plot", role: "img", "aria-label": words, preserveAspectRatio: "none" },
		svg("rect", { x: 0, y: 36, width: 240, height: 1, class: "axis" }), ...bars);
	return el("figure", drawing, el("figcaption", el("span.key.sent", `${sum(sent)} sent`), el("span.key.received", `${sum(received)} received`), el("span", "last hour")));
}

function modemCard(modem) {
	const isUp = modem.state !== "down";
	const what = [modem.manufacturer, modem.model].filter(Boolean).join(" ");
	const facts = [
		["Storage", modem.storage ? `${modem.storage.used} of ${modem.storage.total}` : "–"],
		["Not sent", String(modem.failed)],
		["Unknown", String(modem.unknown)],
	];
	const full = modem.storage && modem.storage.used >= modem.storage.total;
	return el(`li.card.modem.${modem.state}`,
		el("div.top", el("h3", quoted(modem.name)), el(`span.badge.${modem.state}`, STATES[modem.state] || modem.state)),
		el("p.what", what ? quoted(what) : "unknown model", modem.iccid ? el("span", { title: `IMEI ${modem.imei || "unknown"}` }, ` · SIM …${modem.iccid.slice(-6)}`) : null),
		isUp ? el("p.strength", signalBars(modem.signal === null ? -999 : modem.signal),
			el("span", modem.signal === null ? "no signal strength" : `${String(modem.signal).replace("-", "−")} dBm`, " · ",
				modem.operator ? quoted(modem.operator) : modem.registered === false ? "not registered" : "no network name")) : null,
		modem.reason && (!isUp || modem.state === "quarantined") ? el("p.reason", quoted(sentence(modem.reason))) : null,
		full ? el("p.reason", "The storage is full: the network keeps what comes.") : null,
		el("dl", facts.map(([name, value]) => el("div", el("dt", name), el("dd", value)))),
		plot(modem));
}

let modemStates = new Map();
let modemNames = "";

function showModems(modems) {
	show("modems-error");
	$("modems").replaceChildren(...modems.map(modemCard));
	for (const { name, state } of modems) {
		const before = modemStates.get(name), after = state === "sending" ? "idle" : state;
		if (before && before !== after) say(`Modem ${name}: ${STATES[after]}`);
		modemStates.set(name, after);
	}
	const names = modems.map((modem) => modem.name).join("\n");
	if (names !== modemNames) {
		modemNames = names;
		fillWays(modems.map((modem) => modem.name));
	}
}

async function loadModems() {
	try { showModems(await api("GET", "/v1/modems")); } catch (problem) { show("modems-error", problem); }
}

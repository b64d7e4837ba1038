
// The stream of events, the views, and the keyboard.

// Reads server-sent events by fetch, since an EventSource cannot send a key. After a break it goes on
// after the last event that was read, and misses nothing.
const live = {
	last: null,
	running: null,
	start() {
		live.stop();
		live.running = new AbortController();
		live.run(live.running.signal);
	},
	stop() {
		if (live.running) live.running.abort();
		live.running = null;
	},
	async run(signal) {
		let delay = 500;
		while (!signal.aborted) {
			try {
				const headers = { ...keys.headers(), Accept: "text/event-stream" };
				if (live.last !== null) headers["Last-Event-ID"] = live.last;
				state("wait", "connecting");
				const answer = await fetch("/v1/events?modems=true", { headers, signal, cache: "no-store" });
				if (!answer.ok) throw await problemOf(answer);
				delay = 500;
				state("on", "live");
				// Without a position nothing says what has happened in between.
				if (live.last === null) loadAll();
				await live.read(answer.body.getReader());
			} catch (problem) {
				if (signal.aborted) return;
				if (problem.status === 401) return askForKey(problem);
				if (problem.status === 400) live.last = null;
				if (problem.status === 403) {
					state("off", sentence(problem.message));
					return loadAll();
				}
			}
			if (signal.aborted) return;
			state("off", "no connection, trying again");
			await new Promise((done) => setTimeout(done, delay));
			delay = Math.min(delay * 2, 5000);
		}
	},
	async read(reader) {
		const decoder = new TextDecoder();
		let rest = "";
		// The server writes at least each 15 s: a link that says nothing is dead.
		for (;;) {
			let timer;
			const silent = new Promise((_, fail) => { timer = setTimeout(() => fail(new Error("silent")), 40000); });
			const { value, done } = await Promise.race([reader.read(), silent]).finally(() => clearTimeout(timer)).catch((error) => { reader.cancel().catch(() => {}); throw error; });
			if (done) return;
			const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
			rest = blocks.pop();
			for (const block of blocks) live.take(block);
		}
	},
	take(block) {
		const event = { event: "message", data: "" };
		for (const line of block.split("\n")) {
			const [, name, value] = /^(\w+): ?(.*)$/s.exec(line) || [];
			if (name === "data") event.data += (event.data ? "\n" : "") + value;
			else if (name) event[name] = value;
		}
		if (event.id !== undefined) live.last = event.id;
		if (!event.data) return;
		const data = JSON.parse(event.data);
		if (event.event === "modems") showModems(data);
		else if (event.event === "gap") loadAll();
		else if (event.event === "message.status") pending.outbox.set(data.id, data);
		else if (event.event === "message.received") pending.inbox.set(data.id, data);
		flushSoon();
	},
};

// Events come in bursts: the page is drawn at most ten times a second.
const pending = { outbox: new Map(), inbox: new Map() };
let flushing = null;
function flushSoon() {
	if (flushing === null) flushing = setTimeout(flush, 100);
}

function flush() {
	flushing = null;
	for (const name of ["outbox", "inbox"]) {
		const changes = [...pending[name].values()];
		if (!changes.length) continue;
		pending[name].clear();
		if (name === "inbox") {
			if (current !== "inbox" || document.hidden) countUnread(unread + changes.length);
			say(changes.length > 1 ? `${changes.length} messages received` : `Message from ${changes[0].from}: ${(changes[0].text || "data").slice(0, 160)}`);
		} else if (changes.some((message) => message.id === shownResult)) {
			const message = changes.find((message) => message.id === shownResult);
			say(`The message to ${message.to}: ${MEANINGS[message.status]}`);
			refreshResult();
		}
		takeItems(name, changes);
	}
}

function state(kind, text) {
	$("link").className = `link ${kind}`;
	if ($("link").textContent !== text) $("link").textContent = text;
}

function loadAll() {
	loadModems();
	loadBox("outbox");
	loadBox("inbox");
	refreshResult();
}

// The view that the fragment names.
function route() {
	const isInspect = /^#(inspect|pdu=)/.test(location.hash);
	$("desk").hidden = isInspect;
	$("inspect").hidden = !isInspect;
	for (const [id, isHere] of [["to-desk", !isInspect], ["to-inspect", isInspect]]) {
		if (isHere) $(id).setAttribute("aria-current", "page");
		else $(id).removeAttribute("aria-current");
	}
	if (location.hash.startsWith("#pdu=")) {
		let text = location.hash.slice(5);
		try { text = decodeURIComponent(text); } catch { /* The digits stand there as they are. */ }
		if ($("pdu").value.trim() !== text) $("pdu").value = text;
		explainNow();
	} else if (isInspect) $("pdu").focus();
}

function onKey(event) {
	const field = event.target.closest("input, textarea, select");
	if (event.key === "Escape") {
		if ($("help").open) return;
		if (field) return field.blur();
		if (boxes[current].open && !$("desk").hidden) toggle(boxes[current].open);
		return;
	}
	if (field || event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
	const desk = !$("desk").hidden;
	const work = {
		"?": () => $("help").showModal(),
		"/": () => (desk ? $("search") : $("pdu")).focus(),
		n: () => { if (!desk) { location.hash = "#desk"; route(); } ($("to").value ? $("text") : $("to")).focus(); },
		j: () => desk && step(1),
		k: () => desk && step(-1),
		i: () => desk && choose("inbox"),
		o: () => desk && choose("outbox"),
	}[event.key];
	if (!work || $("nav").hidden) return;
	event.preventDefault();
	work();
}

function open() {
	$("key-form").hidden = true;
	for (const id of ["nav", "help-open"]) $(id).hidden = false;
	$("forget").hidden = !keys.get();
	route();
	live.start();
}

startCompose();
startBoxes();
startInspect();
on("key-form", "submit", (event) => {
	event.preventDefault();
	keys.set($("key").value.trim());
	$("key").value = "";
	live.last = null;
	open();
});
on("forget", "click", () => {
	keys.forget();
	location.reload();
});
on("help-open", "click", () => $("help").showModal());
addEventListener("hashchange", route);
document.addEventListener("keydown", onKey);
document.addEventListener("visibilitychange", () => { if (!document.hidden && current === "inbox") countUnread(0); });
open();


// The inbox and the outbox: newest first, live, searched by the server.

const STATUSES = ["scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed", "unknown", "expired", "cancelled"];
const MAX_ROWS = 500;

const boxes = {
	outbox: { path: "/v1/messages", items: new Map(), next: null, open: null, wanted: 0, empty: "No messages were sent yet." },
	inbox: { path: "/v1/inbox", items: new Map(), next: null, open: null, wanted: 0, empty: "No messages were received yet." },
};
let current = "outbox";
let unread = 0;

const filters = () => ({ search: $("search").value.trim(), status: current === "outbox" ? $("status").value : "" });

async function loadBox(name, isMore = false) {
	const box = boxes[name], { search, status } = name === current ? filters() : { search: "", status: "" };
	const number = ++box.wanted;
	box.meanwhile = new Map();
	const query = new URLSearchParams({ order: "newest", limit: "50" });
	if (search) query.set("search", search);
	if (status) query.set("status", status);
	if (isMore && box.next) query.set("after", box.next);
	let page, problem;
	try { page = await api("GET", `${box.path}?${query}`); } catch (error) { problem = error; }
	if (number !== box.wanted) return;
	const { meanwhile } = box;
	box.meanwhile = null;
	if (name === current) show("list-error", problem);
	if (problem) return name === current && draw();
	if (!isMore) box.items.clear();
	for (const item of page.items) box.items.set(item.id, item);
	box.next = page.next;
	// The list may be older than the events before it.
	takeItems(name, [...meanwhile.values()]);
}

// Returns true for an item that the search and the status let through, as the server does.
function fits(name, item) {
	if (name !== current) return true;
	const { search, status } = filters();
	if (status && item.status !== status) return false;
	const texts = name === "inbox" ? [item.from, item.text] : [item.to, item.request.text, item.client_reference];
	return !search || texts.some((text) => (text || "").toLowerCase().includes(search.toLowerCase()));
}

// Takes items of events: a new one comes first, a known one changes where it is.
function takeItems(name, changes) {
	const box = boxes[name], fresh = [];
	for (const item of changes) {
		box.meanwhile?.set(item.id, item);
		const known = box.items.get(item.id);
		// A list that was read meanwhile may be ahead of the events.
		if (known && new Date(known.updated_at) > new Date(item.updated_at)) continue;
		if (!fits(name, item) && box.open !== item.id) box.items.delete(item.id);
		else if (known) box.items.set(item.id, item);
		else if (fits(name, item)) fresh.unshift(item);
	}
	if (fresh.length) {
		// An old message that changes belongs further down, where its page may not be loaded yet.
		const time = (item) => item.created_at || item.received_at;
		const oldest = box.next && [...box.items.values()].at(-1);
		const all = [...box.items.values(), ...fresh.filter((item) => !oldest || time(item) >= time(oldest))];
		all.sort((one, other) => new Date(time(other)) - new Date(time(one)));
		box.items = new Map(all.map((item) => [item.id, item]));
	}
	if (box.items.size > MAX_ROWS && !box.open) return loadBox(name);
	if (name === current) draw(new Set(changes.map((item) => item.id)));
}

const drawn = new Map();

// Brings the rows up to date. Rows that have not changed stay, with the focus in them.
function draw(changes) {
	const box = boxes[current], rows = $("rows");
	const focused = document.activeElement && document.activeElement.closest("#rows > li");
	const focusedId = focused && focused.dataset.id;
	for (const [id, row] of drawn) {
		const item = box.items.get(id);
		if (item && row.item === item && row.box === current && row.open === (box.open === id)) continue;
		if (item && row.box === current && box.open === id && row.open) { row.head.replaceChildren(...headOf(item)); row.item = item; openDetail(row, item); continue; }
		row.element.remove();
		drawn.delete(id);
	}
	let before = null;
	for (const item of [...box.items.values()].reverse()) {
		let row = drawn.get(item.id);
		if (!row) {
			row = makeRow(item);
			drawn.set(item.id, row);
			if (changes && changes.has(item.id)) row.element.classList.add("fresh");
		}
		if (row.element.nextElementSibling !== before || row.element.parentNode !== rows) rows.insertBefore(row.element, before);
		before = row.element;
	}
	if (focusedId && drawn.has(focusedId) && !drawn.get(focusedId).element.contains(document.activeElement)) drawn.get(focusedId).head.focus();
	const isFiltered = Boolean(filters().search || filters().status);
	$("empty").hidden = box.items.size > 0 || !$("list-error").hidden && Boolean($("list-error").textContent);
	$("empty").textContent = isFiltered ? "No message fits." : box.empty;
	$("older").hidden = !box.next;
}

const dataOf = ({ request }) => request.tpdu || request.data && request.data.hex;

function headOf(item) {
	const isIn = current === "inbox";
	const text = isIn ? item.text : item.request.text;
	const data = isIn ? item.data : dataOf(item);
	const shown = text !== null && text !== undefined ? quoted(text.slice(0, 200)) : el("span.mono", data ? `data ${data.slice(0, 60)}` : "a PDU that cannot be decoded");
	return [
		el("span.who", quoted(isIn ? item.from : item.to)),
		el("span.words", shown),
		isIn ? el("span.badge.by", quoted(item.modem)) : badge(item.status),
		when(isIn ? item.received_at : item.created_at),
	];
}

function makeRow(item) {
	const isOpen = boxes[current].open === item.id;
	const head = el("button.row", { type: "button", "aria-expanded": String(isOpen), onclick: () => toggle(item.id) }, headOf(item));
	const row = { item, box: current, open: isOpen, head, element: el("li", { "data-id": item.id }, head), detail: null };
	if (isOpen) openDetail(row, item);
	return row;
}

function toggle(id) {
	const box = boxes[current], before = box.open;
	box.open = before === id ? null : id;
	draw();
	const row = drawn.get(id);
	if (row) { row.head.focus(); row.element.scrollIntoView({ block: "nearest" }); }
}

async function openDetail(row, item) {
	if (!row.detail) {
		row.detail = el("div.detail");
		row.element.append(row.detail);
	}
	if (row.box === "inbox") return row.detail.replaceChildren(...incoming(item));
	const turn = row.turn = {};
	try {
		const message = await api("GET", `/v1/messages/${item.id}`);
		if (turn !== row.turn) return;
		row.detail.replaceChildren(...outgoing(message));
		watch(message, row.again = row.again || (() => { if (row.element.isConnected && boxes.outbox.open === item.id) openDetail(row, item); }));
	} catch (problem) { row.detail.replaceChildren(el("p.error", { role: "alert" }, sentence(problem.message))); }
}

function outgoing(message) {
	const request = message.request;
	const facts = [
		request.reply_to ? "an answer" : null, request.priority !== "normal" ? `priority ${request.priority}` : null, request.report ? "with a report" : "without a report",
		{ gsm7: "GSM 7-bit", ucs2: "UCS-2", data: "data" }[message.coding], plural(message.parts.length, "part"),
		message.client_reference ? `reference ${message.client_reference}` : null, message.resend_of ? "sent again" : null,
	].filter(Boolean).join(" · ");
	return [
		request.text !== undefined ? quoted(request.text, "p") : el("p.mono", dataOf(message)),
		el("p.note", facts, message.send_at ? [" · at ", when(message.send_at)] : null),
		timeline(message), actions(message)];
}

function incoming(message) {
	const facts = [`by ${message.modem}`, message.number_type.replaceAll("_", " "), message.class === null ? null : `class ${message.class}`, message.port === null ? null : `port ${message.port}`,
		message.pdus.length > 1 ? plural(message.pdus.length, "part") : null].filter(Boolean).join(" · ");
	const canAnswer = /^\+?\d+$/.test(message.from);
	return [
		message.text !== null ? quoted(message.text, "p") : el("p.mono", message.data || message.pdus.join(" ")),
		message.missing.length ? el("p.warning", `Missing: ${message.missing.map((part) => `part ${part}`).join(", ")}.`) : null,
		el("p.note", facts, message.sent_at ? [" · the service centre says ", when(message.sent_at)] : null),
		el("div.buttons", canAnswer ? button("Answer", () => setReply(message)) : null,
			el("a.button", { href: `#pdu=${encodeURIComponent(message.pdus.join("\n"))}` }, message.pdus.length > 1 ? "Inspect the PDUs" : "Inspect the PDU"))].filter(Boolean);
}

// A message has changed by this page: its event comes too, and may be slower.
async function changed(id) {
	if (shownResult === id) refreshResult();
	try { takeItems("outbox", [await api("GET", `/v1/messages/${id}`)]); } catch { /* The event brings it. */ }
}

function choose(name) {
	current = name;
	for (const other of ["outbox", "inbox"]) {
		$(`tab-${other}`).setAttribute("aria-selected", String(other === name));
		$(`tab-${other}`).tabIndex = other === name ? 0 : -1;
	}
	$("list").setAttribute("aria-labelledby", `tab-${name}`);
	$("status").hidden = name === "inbox";
	if (name === "inbox") countUnread(0);
	for (const row of drawn.values()) row.element.remove();
	drawn.clear();
	show("list-error");
	draw();
	loadBox(name);
}

function countUnread(count) {
	unread = count;
	$("new").hidden = count === 0;
	$("new").textContent = count > 99 ? "99+" : `${count} new`;
	document.title = count ? `(${count}) SMS gateway` : "SMS gateway";
}

function step(by) {
	const heads = [...document.querySelectorAll("#rows .row")];
	const at = heads.findIndex((head) => head.parentNode.contains(document.activeElement));
	const next = heads[at < 0 ? 0 : Math.min(heads.length - 1, Math.max(0, at + by))];
	if (next) next.focus();
}

function startBoxes() {
	$("status").append(el("option", { value: "" }, "all statuses"), ...STATUSES.map((status) => el("option", status)));
	for (const name of ["outbox", "inbox"]) on(`tab-${name}`, "click", () => choose(name));
	$("tab-outbox").parentNode.addEventListener("keydown", (event) => {
		if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
		choose(current === "inbox" ? "outbox" : "inbox");
		$(`tab-${current}`).focus();
	});
	on("search", "input", later(250, () => loadBox(current)));
	on("status", "change", () => loadBox(current));
	on("older", "click", () => loadBox(current, true));
}


// The inspector: octets and fields, side by side.

const MESSAGE = "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07";
const SAMPLES = [
	["a message", MESSAGE],
	["a listing", `+CMGL: 1,1,,30\n${MESSAGE}\n+CMGL: 2,0,,31\n0791947101670000040B919471515500F10008621172211004040C041F04400438043204350442`],
	["one to the network", "07911356131313F311000B919471515500F00000FF05C8329BFD06"],
	["a status report", "0006D50B911326880736F4111011719551401110117195714000"],
	["a cell broadcast", "+CBM: 17\n001000320111C8329BFD065DDF72363904"],
	["USSD", '+CUSD: 0,"AA180C3602D5DCA0B4BB0C",15'],
];

let explaining = 0;

const explain = later(200, explainNow);
async function explainNow() {
	const text = $("pdu").value.trim(), number = ++explaining;
	const fragment = text ? `#pdu=${encodeURIComponent(text)}` : "#inspect";
	$("pdu-link").hidden = !text;
	$("pdu-link").href = fragment;
	if (location.hash !== fragment) history.replaceState(null, "", fragment);
	if (!text) {
		show("inspect-error");
		return $("reports").replaceChildren();
	}
	try {
		const reports = await api("POST", "/v1/inspect", { pdu: text });
		if (number !== explaining) return;
		show("inspect-error");
		$("reports").replaceChildren(...reports.map(report));
	} catch (problem) {
		if (number !== explaining) return;
		$("reports").replaceChildren();
		show("inspect-error", problem);
	}
}

function report(read, index) {
	if (read.failure) {
		return el("section.card", el("h3", `PDU ${index + 1}`), el("p.error", sentence(read.failure.error)), el("p.note", sentence(read.failure.advice)));
	}
	// The tree as a list, each field with its number, its depth and its parent.
	const fields = [];
	const walk = (list, depth, parent) => {
		for (const field of list) {
			const entry = { field, depth, parent, number: fields.length, colour: null };
			if (field.octets) entry.colour = fields.filter((other) => other.colour !== null).length % 6;
			fields.push(entry);
			walk(field.fields, depth + 1, entry);
		}
	};
	walk(read.fields, 0, null);
	const owners = new Array(read.octets.length / 2).fill(null);
	for (const entry of fields) {
		if (entry.field.octets) owners.fill(entry, entry.field.offset, entry.field.offset + entry.field.octets.length / 2);
	}
	const runs = [];
	for (let at = 0; at < owners.length;) {
		let end = at + 1;
		while (end < owners.length && owners[end] === owners[at]) end += 1;
		runs.push({ owner: owners[at], from: at, to: end });
		at = end;
	}
	const light = (entry) => {
		for (const element of card.querySelectorAll(".lit")) element.classList.remove("lit");
		if (!entry) return;
		for (const run of runs) {
			for (let owner = run.owner; owner; owner = owner.parent) if (owner === entry) run.element.classList.add("lit");
		}
		entry.row.classList.add("lit");
	};
	const listen = (element, entry) => {
		for (const type of ["mouseenter", "focus"]) element.addEventListener(type, () => light(entry));
		for (const type of ["mouseleave", "blur"]) element.addEventListener(type, () => light(null));
	};
	// One stop of the tab key on each side; the arrows move inside.
	const rove = (elements, back, forth) => elements.forEach((element, at) => {
		element.tabIndex = at === 0 ? 0 : -1;
		element.addEventListener("keydown", (event) => {
			const next = event.key === back ? elements[at - 1] : event.key === forth ? elements[at + 1] : null;
			if (!next) return;
			event.preventDefault();
			element.tabIndex = -1;
			next.tabIndex = 0;
			next.focus();
		});
	});
	for (const entry of fields) {
		const { field } = entry;
		const digits = field.octets === null ? "" : field.octets.match(/../g)?.slice(0, 8).join(" ") + (field.octets.length > 16 ? " …" : "");
		entry.row = el("tr", { "data-depth": Math.min(entry.depth, 4) },
			el("th", { scope: "row" }, entry.colour === null ? null : el(`span.swatch.c${entry.colour}`), quoted(field.name)),
			el("td.mono", digits || ""),
			el("td", quoted(field.meaning)));
		listen(entry.row, entry);
	}
	for (const run of runs) {
		const digits = read.octets.slice(run.from * 2, run.to * 2).match(/../g).join(" ");
		const name = run.owner ? run.owner.field.name : "no field";
		run.element = el(`button.run${run.owner ? `.c${run.owner.colour}` : ""}`, { type: "button", title: name, "aria-label": `${name}: ${digits}` }, ...digits.split(" ").map((octet) => el("span", octet)));
		listen(run.element, run.owner);
		if (run.owner) run.element.addEventListener("click", () => run.owner.row.focus());
	}
	rove(runs.map((run) => run.element), "ArrowLeft", "ArrowRight");
	rove(fields.map((entry) => entry.row), "ArrowUp", "ArrowDown");
	const warnings = read.warnings.map((name, at) => el("li", sentence(read.warning_texts[at]), " ", el("code", name)));
	const card = el("section.card.report", {},
		el("h3", quoted(capital(read.title))),
		el("p.summary", quoted(capital(read.summary))),
		warnings.length ? el("ul.warning", { "aria-label": "Warnings" }, warnings) : null,
		read.hints.length ? el("ul.note", { "aria-label": "Hints" }, read.hints.map((hint) => el("li", quoted(sentence(hint))))) : null,
		runs.length ? el("div.octets", { role: "group", "aria-label": "Octets" }, runs.map((run) => run.element)) : null,
		el("div.scroll", el("table", el("thead", el("tr", ["Field", "Octets", "Meaning"].map((name) => el("th", { scope: "col" }, name)))), el("tbody", fields.map((entry) => entry.row)))));
	return card;
}

function startInspect() {
	on("pdu", "input", explain);
	$("samples").append(...SAMPLES.map(([name, text]) => button(name, () => { $("pdu").value = text; explainNow(); }, "button.quiet")));
}
